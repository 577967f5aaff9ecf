/** The results of the deliveries of an hour or a day. */
interface OutcomeCounts {
  start: string;
  delivered: number;
  failed: number;
  pending: number;
}

/** The minimum height of a part, so that one failure among thousands is visible. */
const MIN_PART_HEIGHT = 3;

interface Part {
  tone: 'ok' | 'warn' | 'bad';
  y: number;
  height: number;
}

/** The parts of one bar from the bottom up; `y` counts from the top, as in SVG. */
export function partsOf({ delivered, failed, pending }: OutcomeCounts, highest: number, height: number): Part[] {
  const size = (count: number) => (count === 0 ? 0 : Math.max(MIN_PART_HEIGHT, (count / highest) * height));
  const [bad, warn] = [size(failed), size(pending)];
  const ok = Math.max(0, Math.min(size(delivered), height - bad - warn));
  return [
    { tone: 'ok' as const, height: ok, y: height - ok },
    { tone: 'warn' as const, height: warn, y: height - ok - warn },
    { tone: 'bad' as const, height: bad, y: Math.max(0, height - ok - warn - bad) },
  ].filter((part) => part.height > 0);
}

export function total({ delivered, failed, pending }: OutcomeCounts): number {
  return delivered + failed + pending;
}

/** "312 delivered, 42 failed, 6 not through yet" */
export function outcomeWords({ delivered, failed, pending }: Omit<OutcomeCounts, 'start'>): string {
  const count = (n: number) => n.toLocaleString('en');
  const waiting = pending > 0 ? `, ${count(pending)} not through yet` : '';
  return `${count(delivered)} delivered, ${count(failed)} failed${waiting}`;
}

/** The one with most failures; null when nothing failed. */
export function worstOf<T extends OutcomeCounts>(steps: readonly T[]): T | null {
  return steps.reduce<T | null>((a, b) => (b.failed > (a?.failed ?? 0) ? b : a), null);
}

export function sumOf(steps: readonly OutcomeCounts[]): Omit<OutcomeCounts, 'start'> {
  const sum = (of: (step: OutcomeCounts) => number) => steps.reduce((all, step) => all + of(step), 0);
  return { delivered: sum((s) => s.delivered), failed: sum((s) => s.failed), pending: sum((s) => s.pending) };
}
