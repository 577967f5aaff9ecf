import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { clientPerFile } from '../../test/client.js';
import {
  bigintArray,
  booleanArray,
  bytesArray,
  floatArray,
  intArray,
  textArray,
  timeArray,
  uuidArray,
} from './binary-arrays.js';

const client = clientPerFile();

/** What the server read, as the driver parses it from text. */
async function stored(type: string, parameter: Buffer): Promise<unknown> {
  const { rows } = await client().query<{ values: unknown }>(`select $1::${type}[] as values`, [parameter]);
  return rows[0]!.values;
}

describe('arrays in binary form', () => {
  it.each([
    ['text', textArray, ['', 'plain', 'käse "quoted" \\ {a,b} NULL', '日本 🙂', null, 'null', 'x'.repeat(100_000)]],
    ['uuid', uuidArray, [randomUUID(), null, '00000000-0000-0000-0000-000000000000', randomUUID()]],
    ['int', intArray, [0, -1, 2_147_483_647, -2_147_483_648, null]],
    ['float8', floatArray, [0, -0.1, 1e300, 86_400_000.5, null]],
    ['boolean', booleanArray, [true, false, null]],
    [
      'timestamptz',
      timeArray,
      [new Date('2026-01-22T10:30:00.123Z'), null, new Date('1999-12-31T23:59:59.999Z'), new Date(0)],
    ],
    ['bytea', bytesArray, [randomBytes(32), null, Buffer.alloc(0)]],
  ] as [string, (values: readonly unknown[]) => Buffer, unknown[]][])(
    'of %s arrive unchanged, empty arrays included',
    async (type, encode, values) => {
      expect(await stored(type, encode(values))).toEqual(values);
      expect(await stored(type, encode([]))).toEqual([]);
    },
  );

  it('of bigint arrive unchanged', async () => {
    const values = [0n, -1n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n];
    expect(await stored('bigint', bigintArray([...values, null]))).toEqual([...values.map(String), null]);
  });

  it('accept a UUID in upper case and reject anything else', async () => {
    const id = randomUUID();
    expect(await stored('uuid', uuidArray([id.toUpperCase()]))).toEqual([id]);
    for (const wrong of [
      '',
      'x',
      id.slice(1),
      `${id.slice(1)}g`,
      `${id}0`,
      id.replace('-', '0'),
      id.replace(/..$/, '日本'),
    ]) {
      expect(() => uuidArray([wrong])).toThrow(TypeError);
    }
  });
});
