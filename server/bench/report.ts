/* Output: lines during the run, tables at the end. With --json, standard output is reserved for the document. */

let quiet = false;

export function setQuiet(on: boolean): void {
  quiet = on;
}

export function say(line = ''): void {
  (quiet ? process.stderr : process.stdout).write(`${line}\n`);
}

/** Columns as wide as their widest cell; the first is left-aligned, the others right-aligned. */
export function sayTable(head: string[], rows: string[][]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  say();
  say(line(head));
  say(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) say(line(row));
}

/** 12,345 or 1.23: about three significant digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en', {
    maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2,
  });
}
