import { useEffect, useRef, useState } from 'react';
import { fieldProblems, isEmpty, type FieldProblems } from './field-problems';

/** The state of submitting a form. */
export interface Submit {
  busy: boolean;
  problems: FieldProblems;
  setProblems: (problems: FieldProblems) => void;
  /** An error that is not about a field. */
  failure: unknown;
  /** Shows problems found before sending and moves the focus there; true if there are none. */
  check: (found: FieldProblems) => boolean;
  /**
   * Resolves to null if the server refuses; errors of `fields` are shown at them, and the first of these gets the
   * focus. Input is always kept.
   */
  run: <T>(fields: readonly string[], work: () => Promise<T>, onFailure?: () => void) => Promise<T | null>;
}

export function useSubmit(): Submit {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [failure, setFailure] = useState<unknown>(null);
  const showWrong = useFocusWrong();

  function check(found: FieldProblems): boolean {
    setFailure(null);
    setProblems(found);
    if (!isEmpty(found)) showWrong(formInUse());
    return isEmpty(found);
  }

  const run: Submit['run'] = async (fields, work, onFailure) => {
    const form = formInUse();
    setBusy(true);
    check({});
    try {
      return await work();
    } catch (error) {
      const byField = fieldProblems(error, fields);
      setProblems(byField);
      if (isEmpty(byField)) {
        setFailure(error);
        onFailure?.();
      } else if (form === formInUse()) showWrong(form);
      return null;
    } finally {
      setBusy(false);
    }
  };

  return { busy, problems, setProblems, failure, check, run };
}

const formInUse = () => document.activeElement?.closest('form') ?? null;

/** Moves the focus to the first field of a form that an error describes, or into that group, once it is on screen. */
function useFocusWrong(): (form: HTMLFormElement | null) => void {
  const refused = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const wrong = refused.current?.querySelector<HTMLElement>('[aria-describedby*="-error"]');
    refused.current = null;
    (wrong?.matches('input, select, textarea') ? wrong : wrong?.querySelector('input'))?.focus();
  });
  return (form) => void (refused.current = form);
}
