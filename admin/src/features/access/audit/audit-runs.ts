import type { AuditEntry } from '../../../api/types';

/** One person's repeated action on the same thing, with nothing in between: one row instead of many equal ones. */
export interface AuditRun {
  newest: AuditEntry;
  /** The others, newest first. */
  earlier: readonly AuditEntry[];
  /** The next row repeats the action on something else: its words are already in the row above. */
  continues: boolean;
}

/** @param entries newest first. */
export function runsOf(entries: readonly AuditEntry[]): AuditRun[] {
  const runs: AuditRun[] = [];
  for (const entry of entries) {
    const above = runs.at(-1);
    if (above && isSame(above.newest, entry)) {
      runs[runs.length - 1] = { ...above, earlier: [...above.earlier, entry] };
    } else {
      runs.push({ newest: entry, earlier: [], continues: above !== undefined && isAlike(above.newest, entry) });
    }
  }
  return runs;
}

const isAlike = (a: AuditEntry, b: AuditEntry) =>
  a.action === b.action && a.actor.kind === b.actor.kind && a.actor.id === b.actor.id;

/** Entries that differ in any detail stay separate rows. */
const isSame = (a: AuditEntry, b: AuditEntry) =>
  isAlike(a, b) && JSON.stringify([a.target, a.details]) === JSON.stringify([b.target, b.details]);
