import { useState } from 'react';

/** How somebody likes to read JSON. Kept in this browser, so that the next message opens the same way. */
export type JsonView = 'tree' | 'text';

const REMEMBERED = 'bpoc-json-view';

export function useJsonView(): [JsonView, (next: string) => void] {
  const [view, setView] = useState<JsonView>(() => known(localStorage.getItem(REMEMBERED)));
  function choose(next: string): void {
    setView(known(next));
    localStorage.setItem(REMEMBERED, next);
  }
  return [view, choose];
}

function known(name: string | null): JsonView {
  return name === 'text' ? 'text' : 'tree';
}
