import { useState } from 'react';

export interface Draft<T> {
  value: T;
  /** Whether saving it would change anything. */
  changed: boolean;
  /** Set when the stored value changed during editing: both are shown before one is overwritten. */
  theirs: { value: T } | null;
  set: (value: T) => void;
  /** Resets to the stored value: the person undid the change, or it was saved. */
  drop: () => void;
}

/**
 * A value that a person edits while the stored one may change. Input is kept when new data is loaded; without input,
 * the stored value is shown.
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
