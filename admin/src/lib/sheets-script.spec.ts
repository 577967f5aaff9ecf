import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { SHEETS_SCRIPT } from './sheets-script';

/* The script with a fake sheet that, like the real one, refuses ranges outside of it. */

function startSheet({ rows = 3, columns = 5, bound = true } = {}) {
  const cells: unknown[][] = [];
  const lengths = () => cells.map((row) => row.length);
  const inside = (row: number, column: number, height: number, width: number) => {
    if (row + height - 1 > rows || column + width - 1 > columns) throw new Error('outside the dimensions of the sheet');
  };
  const sheet = {
    getLastRow: () => cells.length,
    getLastColumn: () => Math.max(0, ...lengths()),
    getMaxRows: () => rows,
    getMaxColumns: () => columns,
    insertRowsAfter: (_after: number, more: number) => (rows += more),
    insertColumnsAfter: (_after: number, more: number) => (columns += more),
    getRange: (row: number, column: number, height: number, width: number) => {
      inside(row, column, height, width);
      const at = (y: number, x: number) => cells[row - 1 + y]?.[column - 1 + x] ?? '';
      return {
        getValues: () => Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => at(y, x))),
        setValues: (values: unknown[][]) => {
          for (const [y, line] of values.entries()) (cells[row - 1 + y] ??= []).splice(column - 1, width, ...line);
        },
      };
    },
  };
  const lock = { waitLock: () => undefined, releaseLock: () => undefined };
  const said = (text: string) => ({ setMimeType: (type: string) => `${type} ${text}` });
  const post = (body: object | string, key = 'choose-a-long-word') =>
    runInNewContext(`${SHEETS_SCRIPT}; doPost(request)`, {
      request: { parameter: { key }, postData: { contents: typeof body === 'string' ? body : JSON.stringify(body) } },
      LockService: { getScriptLock: () => lock },
      SpreadsheetApp: { getActiveSpreadsheet: () => (bound ? { getSheets: () => [sheet] } : null) },
      ContentService: { createTextOutput: said, MimeType: { JSON: 'json' } },
    }) as string;
  return { cells, post };
}

const OK = 'json {"ok":true}';
const event = (id: string, more: object = {}) => ({ 'webhook-id': id, event: 'offer.sent', ...more });

describe('the script for Google Sheets', () => {
  it('writes one event, or several, each once, with a column for each field', () => {
    const { cells, post } = startSheet();
    expect(post(event('a'))).toBe(OK);
    expect(post({ rows: [event('a'), event('b', { offerId: '7' }), event('c', { x: 1, y: 2, z: 3 })] })).toBe(OK);
    expect(post(event('c'))).toBe(OK);
    expect(cells).toEqual([
      ['webhook-id', 'event', 'offerId', 'x', 'y', 'z'],
      ['a', 'offer.sent'],
      ['b', 'offer.sent', '7', '', '', ''],
      ['c', 'offer.sent', '', 1, 2, 3],
    ]);
  });

  it('keeps others out', () => {
    const { cells, post } = startSheet();
    expect(post(event('a'), 'guess')).toBe('json {"ok":false,"error":"wrong_key"}');
    expect(cells).toEqual([]);
  });

  it('says what went wrong', () => {
    expect(startSheet({ bound: false }).post(event('a'))).toBe('json {"ok":false,"error":"no_sheet"}');
    expect(startSheet().post('{')).toMatch(/^json \{"ok":false,"error":"SyntaxError: .+"\}$/);
  });
});
