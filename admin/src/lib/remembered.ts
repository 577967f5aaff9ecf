import { useState } from 'react';

/**
 * A choice that is stored in this browser under `key`.
 * @param names the possible choices; the first is the default.
 */
export function useRemembered<T extends string>(key: string, names: readonly [T, ...T[]]): [T, (next: string) => void] {
  const known = (name: string | null): T => names.find((one) => one === name) ?? names[0];
  const [chosen, setChosen] = useState(() => known(localStorage.getItem(key)));
  function choose(next: string): void {
    setChosen(known(next));
    localStorage.setItem(key, next);
  }
  return [chosen, choose];
}
