/* Formats measurements for docs/benchmarks.md. */

export interface Timed {
  name: string;
  ms: number;
}

/** The quantile of unsorted values; `share` 0.95 is the 95th percentile. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const FIGURES = ['n', 'p50', 'p95', 'worst'];

export function figuresOf(values: readonly number[]): string[] {
  const all = [percentile(values, 0.5), percentile(values, 0.95), Math.max(...values)];
  return [String(values.length), ...all.map((ms) => `${Math.round(ms)} ms`)];
}

export function slowest(times: readonly Timed[], count = 10): string[][] {
  const sorted = times.toSorted((a, b) => b.ms - a.ms).slice(0, count);
  return sorted.map(({ name, ms }) => [name, `${Math.round(ms)} ms`]);
}

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: string[]) => `| ${widths.map((width, n) => (cells[n] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
