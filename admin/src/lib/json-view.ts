import { useState } from 'react';

/** The preferred view of JSON, kept in this browser for the next message. */
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
