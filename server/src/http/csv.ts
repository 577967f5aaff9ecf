import { Readable } from 'node:stream';
import { ApiOkResponse } from '@nestjs/swagger';

/* CSV by RFC 4180, with a byte order mark, without which Excel reads UTF-8 in another encoding. */

export interface CsvColumn<Row> {
  name: string;
  value: (row: Row) => string | number | boolean | Date | null;
}

/** What spreadsheets treat as the beginning of a formula (OWASP: CSV injection). Our own numbers are exempt. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** A cell. A text that a spreadsheet would run as a formula gets an apostrophe in front. */
function cell(value: ReturnType<CsvColumn<never>['value']>): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const lineOf = (cells: readonly string[]): string => `${cells.join(',')}\r\n`;

/**
 * Reads a page when the previous one was consumed: a slow reader costs two pages of memory, however long the file is.
 */
export function csvOf<Row>(columns: readonly CsvColumn<Row>[], pages: AsyncIterable<readonly Row[]>): Readable {
  async function* text() {
    yield `\uFEFF${lineOf(columns.map(({ name }) => name))}`;
    for await (const rows of pages) {
      if (rows.length > 0) yield rows.map((row) => lineOf(columns.map(({ value }) => cell(value(row))))).join('');
    }
  }
  return Readable.from(text(), { objectMode: false, highWaterMark: 1 });
}

/** Documents the response of an export. */
export const ApiCsvResponse = (): MethodDecorator =>
  ApiOkResponse({
    description: 'CSV (RFC 4180) in UTF-8 with a byte order mark; the first line has the names of the columns.',
    content: { 'text/csv': { schema: { type: 'string' } } },
  });
