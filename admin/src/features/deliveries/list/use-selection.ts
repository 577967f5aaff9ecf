import { useCallback, useRef, useState } from 'react';

export interface Selection {
  ids: ReadonlySet<string>;
  /** @param through with Shift: the rows between the previous one and this one get its state. */
  toggle: (id: string, through: boolean) => void;
  /** Selects all, or none if all are selected. */
  toggleAll: () => void;
  clear: () => void;
}

/** Which rows are selected, by id, so that they stay selected while the list changes. */
export function useSelection(rows: readonly { id: string }[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const current = useRef(rows);
  current.current = rows;

  const toggle = useCallback((id: string, through: boolean) => {
    const before = last.current;
    last.current = id;
    setIds((chosen) => {
      const next = new Set(chosen);
      const touched = through && before !== null ? between(current.current, before, id) : [id];
      for (const one of touched) {
        if (chosen.has(id)) next.delete(one);
        else next.add(one);
      }
      return next;
    });
  }, []);

  return {
    ids,
    toggle,
    toggleAll: () => setIds(rows.every(({ id }) => ids.has(id)) ? new Set() : new Set(rows.map(({ id }) => id))),
    clear: () => setIds(new Set()),
  };
}

function between(rows: readonly { id: string }[], from: string, to: string): string[] {
  const places = [from, to].map((id) => rows.findIndex((row) => row.id === id));
  if (places.includes(-1)) return [to];
  return rows.slice(Math.min(...places), Math.max(...places) + 1).map(({ id }) => id);
}
