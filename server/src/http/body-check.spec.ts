import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../lib/app-error.js';
import { checkJson, type JsonShape } from './body-check.js';

const SHAPE: JsonShape = { members: 3, elements: 4, levels: 3, values: 12, storable: true };

/** The code of the field error, else that of the refusal, or `ok`. */
function verdict(text: string, values = SHAPE.values): string {
  try {
    checkJson(Buffer.from(text), { ...SHAPE, values });
    return 'ok';
  } catch (refusal) {
    return refusal instanceof AppError ? (refusal.errors?.[0]?.code ?? refusal.code) : 'a bug';
  }
}

/** The reference implementation: walks the parsed value. */
function faultsOf(value: unknown, level = 1): string[] {
  if (typeof value === 'string') return /\0|\p{Cs}/u.test(value) ? ['unstorable'] : [];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const most = Array.isArray(value) ? SHAPE.elements : SHAPE.members;
  return [
    ...(level > SHAPE.levels ? ['too_deep'] : []),
    ...(entries.length > most ? ['too_many'] : []),
    ...entries.flatMap(([key, inner]) => [
      ...(key === '__proto__' ? ['invalid_json'] : []),
      ...faultsOf(key),
      ...faultsOf(inner, level + 1),
    ]),
  ];
}

const strings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('"', '\\', '\\"', '{[,', '}]', '\\\\"', '\uD800', '\0', '1e999', '__proto__', 'é💣'),
);
const values = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 5 }, strings, fc.double({ noNaN: true, noDefaultInfinity: true }), tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 5 }),
  map: fc.dictionary(strings, tie('any'), { maxKeys: 4, noNullPrototype: true }),
})).any;

describe('checkJson', () => {
  it('finds exactly what a walk over the parsed value finds', () => {
    let refused = 0;
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const faults = faultsOf(JSON.parse(text));
        if (faults.length > 0) refused++;
        expect(faults.length > 0 ? faults : ['ok']).toContain(verdict(text, Infinity));
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(300);
  });

  it('throws nothing but AppError for any bytes', () => {
    const unit = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'u', '0', 'e', '-', '+', '.', '1', ' ', 'é');
    const soup = fc.string({ unit, maxLength: 40 });
    fc.assert(fc.property(soup, (text) => expect(verdict(text)).not.toBe('a bug')));
  });

  it('counts values across the whole text', () => {
    expect(verdict('[[1,2,3],[1,2,3],[1,2,3]]')).toBe('ok');
    expect(verdict('[[1,2,3],[1,2,3],[1,2,3],[1,2,3]]')).toBe('too_many');
  });
});
