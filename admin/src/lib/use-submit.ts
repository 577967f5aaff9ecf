import { useState } from 'react';
import { fieldProblems, isEmpty, type FieldProblems } from './field-problems';

/** How the sending of a form goes. */
export interface Submit {
  busy: boolean;
  problems: FieldProblems;
  setProblems: (problems: FieldProblems) => void;
  /** A refusal that is not about a field. */
  failure: unknown;
  /** Shows what was found before sending; true: nothing. */
  check: (found: FieldProblems) => boolean;
  /** Resolves to null when the server refuses; problems of `fields` are set on them. Input is kept whatever happens. */
  run: <T>(
    fields: readonly string[],
    work: () => Promise<T>,
    onRefused?: (problems: FieldProblems) => void,
  ) => Promise<T | null>;
}

export function useSubmit(): Submit {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [failure, setFailure] = useState<unknown>(null);

  function check(found: FieldProblems): boolean {
    setFailure(null);
    setProblems(found);
    return isEmpty(found);
  }

  const run: Submit['run'] = async (fields, work, onRefused) => {
    setBusy(true);
    check({});
    try {
      return await work();
    } catch (error) {
      const byField = fieldProblems(error, fields);
      setProblems(byField);
      if (isEmpty(byField)) setFailure(error);
      onRefused?.(byField);
      return null;
    } finally {
      setBusy(false);
    }
  };

  return { busy, problems, setProblems, failure, check, run };
}
