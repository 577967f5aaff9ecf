import { useState } from 'react';
import { fieldProblems, isEmpty, type FieldProblems } from '../../../lib/field-problems';
import { isStatus } from '../../../api/problem';
import { toast } from '../../../ui/toasts';

/** How the saving of one card goes. */
export interface Saving {
  busy: boolean;
  problems: FieldProblems;
  setProblems: (problems: FieldProblems) => void;
  /** A refusal that is not about a field. */
  failure: unknown;
  /** The webhook changed since it was read: show the stored value before overwriting it. */
  outdated: boolean;
  /** Forgets what went wrong: the person took the change back. */
  reset: () => void;
}

type Run = <T>(fields: readonly string[], work: () => Promise<T>) => Promise<T | null>;

/** Input is kept whatever the response. `run` resolves to null on a refusal; problems of `fields` are set on them. */
export function useSaving(done: string): Saving & { run: Run } {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [failure, setFailure] = useState<unknown>(null);

  const run: Run = async (fields, work) => {
    setBusy(true);
    setFailure(null);
    setProblems({});
    try {
      const saved = await work();
      if (saved !== null) toast('done', done);
      return saved;
    } catch (error) {
      const byField = fieldProblems(error, fields);
      setProblems(byField);
      if (isEmpty(byField)) setFailure(error);
      return null;
    } finally {
      setBusy(false);
    }
  };

  function reset(): void {
    setFailure(null);
    setProblems({});
  }

  return { busy, problems, setProblems, failure, outdated: isStatus(failure, 412), reset, run };
}
