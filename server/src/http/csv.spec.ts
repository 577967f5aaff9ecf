import { buffer } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { csvOf, type CsvColumn } from './csv.js';

const COLUMNS: CsvColumn<string | null>[] = [
  { name: 'n', value: () => -1 },
  { name: 'text', value: (row) => row },
];

async function* one(...rows: (string | null)[]) {
  yield await Promise.resolve(rows);
}

it('keeps what RFC 4180 quotes, and defuses what a spreadsheet would run', async () => {
  const cells = ['a', null, 'a,b', '"', 'a\nb', '=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("x","y")'];
  // Not text(), which drops the mark.
  const csv = (await buffer(csvOf(COLUMNS, one(...cells)))).toString();
  expect(csv.split('\r\n-1,').slice(1)).toEqual([
    'a',
    '',
    '"a,b"',
    '""""',
    '"a\nb"',
    "'=1+1",
    "'+1",
    "'-1",
    "'@SUM(A1)",
    "'\t=1",
    '"\'\r=1"',
    '"\'=HYPERLINK(""x"",""y"")"\r\n',
  ]);
  expect(csv.startsWith('\uFEFFn,text\r\n-1,a\r\n')).toBe(true);
});

it('reads no further than two pages ahead of a reader that stops', async () => {
  let read = 0;
  async function* pages() {
    for (; read < 1000; read++) yield await Promise.resolve(Array.from({ length: 500 }, () => 'x'));
  }
  const csv = csvOf(COLUMNS, pages());
  csv.once('readable', () => undefined);
  for (let n = 0; n < 100; n++) await new Promise((resolve) => setImmediate(resolve));
  expect(read).toBeLessThanOrEqual(2);
  csv.destroy();
});
