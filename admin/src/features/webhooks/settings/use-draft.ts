import { useState } from 'react';

export interface Draft<T> {
  value: T;
  /** Whether saving it would change anything. */
  changed: boolean;
  /** Set when somebody else stored another value since the person began to change it: both are shown before one is overwritten. */
  theirs: { value: T } | null;
  set: (value: T) => void;
  /** Back to what is stored: the person undid the change, or it was saved. */
  drop: () => void;
}

/**
 * A value that a person changes while the stored one may change too. What was typed stays, whatever is loaded meanwhile;
 * as long as nothing was typed, the stored value shows through.
 */
export function useDraft<T>(stored: T, same: (a: T, b: T) => boolean = Object.is): Draft<T> {
  const [typed, setTyped] = useState<{ value: T; from: T } | null>(null);
  const changed = typed !== null && !same(typed.value, stored);
  return {
    value: typed === null ? stored : typed.value,
    changed,
    theirs: changed && !same(typed.from, stored) ? { value: stored } : null,
    set: (value) => setTyped({ value, from: typed === null ? stored : typed.from }),
    drop: () => setTyped(null),
  };
}
