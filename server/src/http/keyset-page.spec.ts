import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AppError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';
import { decodeCursor, encodeCursor, pageOf } from './keyset-page.js';

const row = (id: string) => ({ id });
const page = (ids: string[], limit: number) =>
  pageOf(
    ids.map(row),
    limit,
    ({ id }) => [id],
    ({ id }) => id,
  );

describe('keyset pages', () => {
  it('contain at most the limit, with a cursor after the last row if there are more', () => {
    const { data, next_cursor: next } = page(['a', 'b', 'c'], 2);
    expect(data).toEqual(['a', 'b']);
    expect(decodeCursor(next!, 1)).toEqual(['b']);
  });

  it('end with a null cursor', () => {
    expect(page(['a', 'b'], 2)).toEqual({ data: ['a', 'b'], next_cursor: null });
    expect(page([], 2)).toEqual({ data: [], next_cursor: null });
  });

  it('round-trip any sort key', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (key) => {
        expect(decodeCursor(encodeCursor(key), key.length)).toEqual(key);
      }),
    );
  });

  it('refuse a forged cursor, naming the field', () => {
    const forged = [
      '',
      'x',
      '!!!',
      encodeCursor(['a', 'b']),
      Buffer.from('[1]').toString('base64url'),
      encodeCursor(['no uuid']),
    ];
    for (const cursor of forged) {
      const decode = () => decodeCursor(cursor, 1, isUuid);
      expect(decode).toThrow(AppError);
      expect(decode).toThrow(/next_cursor/);
    }
    expect(decodeCursor(undefined, 1)).toBeNull();
  });
});
