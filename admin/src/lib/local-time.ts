/**
 * Between instants (ISO 8601 UTC) and what a `datetime-local` field holds: the reader's wall clock, "2026-01-22T11:30".
 */

export function toLocalField(iso: string | undefined): string {
  return iso === undefined ? '' : wallClock(new Date(iso));
}

/**
 * The instant that a field means; undefined when it is empty.
 * @param which of the two where the clock is set back and the hour comes twice.
 */
export function fromLocalField(local: string, which: 'first' | 'last'): string | undefined {
  if (local === '') return undefined;
  const first = new Date(local);
  const setBackMs = (new Date(first.getTime() + DAY_MS).getTimezoneOffset() - first.getTimezoneOffset()) * MINUTE_MS;
  const last = new Date(first.getTime() + setBackMs);
  return (which === 'last' && wallClock(last) === local ? last : first).toISOString();
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function wallClock(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}
