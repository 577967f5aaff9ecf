import * as fc from 'fast-check';

/* Expensive bodies: wide, deep, long, with odd numbers or a wrong encoding. All must be rejected early. */

export interface FuzzBody {
  type: string | null;
  text: string;
  /** Encoding of the text; default: UTF-8. */
  bytes?: 'latin1' | 'utf16le';
  /** content-encoding */
  encoding?: string;
}

const JSON_TYPE = 'application/json';

/** A JSON number in a notation that JSON.stringify never produces. */
export const spelled = (number: string) => `#${number}#`;
export const asJson = (value: unknown): FuzzBody => ({
  type: JSON_TYPE,
  text: JSON.stringify(value).replaceAll(/"#([-+.\deE]+)#"/g, '$1'),
});

const times = (count: number, one: string, between = ',') => Array.from({ length: count }, () => one).join(between);
const wide = (members: number) => Object.fromEntries(Array.from({ length: members }, (_, n) => [`k${n}`, n]));
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

const EXPENSIVE = [
  JSON.stringify(wide(201)),
  JSON.stringify(wide(60_000)),
  `[${times(300, JSON.stringify(wide(199)))}]`,
  `{"email":${JSON.stringify(wide(60_000))}}`,
  `{"filter":${JSON.stringify({ status: Array.from({ length: 60_000 }, () => 'failed') })},"dry_run":true}`,
  `{"delivery_ids":[${times(25_000, '"00000000-0000-0000-0000-000000000000"')}]}`,
  `{"${'k'.repeat(900_000)}":1}`,
  `{"${'\\u0001'.repeat(150_000)}":1}`,
  `{"a":"${'\\ud800'.repeat(150_000)}"}`,
  `[${times(400, `[${times(900, '{}')}]`)}]`,
  `[${times(500_000, '0')}]`,
  '['.repeat(1_000_000),
  deep(17),
  deep(5_000),
  '9'.repeat(1_000_000),
  `{"a":${'1'.repeat(400)}e${'1'.repeat(400)}}`,
  `"${'\\'.repeat(900_000)}`,
];

const WRONG_ENCODINGS: Partial<FuzzBody>[] = [
  { bytes: 'latin1', text: '{"name":"José"}' },
  { bytes: 'utf16le' },
  { bytes: 'latin1', text: '{"name":"\u00ed\u00a0\u0080"}' },
  { type: 'application/json; charset=iso-8859-1' },
  { type: 'application/json; charset=utf-8' },
  { type: 'application/json; charset=' },
  { encoding: 'gzip', bytes: 'latin1', text: '\u001f\u008b\u0008' },
  { encoding: 'br' },
  { encoding: 'identity' },
  { encoding: ',' },
];

export const hostileBodies: fc.Arbitrary<FuzzBody> = fc.oneof(
  fc.constantFrom(...EXPENSIVE).map((text) => ({ type: JSON_TYPE, text })),
  fc.constantFrom(...WRONG_ENCODINGS).map((odd) => ({ type: JSON_TYPE, text: '{"a":1}', ...odd })),
);

/** Values that expose rules of quadratic cost. */
export const longValues: unknown[] = [
  ...['T', '-', '.', '0', ' ', 'a@', '@', 'a.', 'https://', '\n', '"', 'ß', '%', '[', ','].map((part) =>
    part.repeat(10_000),
  ),
  `2026-01-01T00:00:00.${'0'.repeat(50_000)}`,
  `https://${'a.'.repeat(20_000)}example/`,
  `a@${'b.'.repeat(20_000)}example`,
  Array.from({ length: 1000 }, () => 'x'),
  Array.from({ length: 1001 }, () => null),
  wide(200),
  wide(201),
  JSON.parse(deep(12)),
  JSON.parse(deep(200)),
];

export const oddNumbers: unknown[] = [
  2 ** 53,
  1e21,
  ...['9007199254740993', '1e21', '1e999', '-1e-999', '1.0', '-0', '5.0000000000000000001', '9'.repeat(400)].map(
    spelled,
  ),
];
