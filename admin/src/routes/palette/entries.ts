import type { ReactNode } from 'react';

/** What the palette can lead to. */
export interface Entry {
  id: string;
  group: Group;
  label: string;
  /** Shown in grey next to the label. */
  note?: string | undefined;
  icon: ReactNode;
  /** Additional search words. */
  words?: string;
  run: () => void;
}

export const GROUPS = ['Webhooks', 'Deliveries', 'Pages', 'Actions'] as const;
export type Group = (typeof GROUPS)[number];

/** How well it matches: start of the label, then start of a word, then anywhere. */
function rank({ label, note = '', words = '' }: Entry, typed: string): number {
  const name = label.toLowerCase();
  if (name.startsWith(typed)) return 0;
  if (` ${name}`.includes(` ${typed}`)) return 1;
  return `${name} ${note} ${words}`.toLowerCase().includes(typed) ? 2 : 3;
}

/** The entries that contain every typed word, best first. */
export function matching(entries: readonly Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...entries];
  return entries
    .filter((entry) => words.every((word) => rank(entry, word) < 3))
    .toSorted((a, b) => rank(a, words[0]!) - rank(b, words[0]!));
}
