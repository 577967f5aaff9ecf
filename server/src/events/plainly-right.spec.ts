import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { EVENT_DEFINITIONS, exampleData } from './catalogue/catalogue.js';
import type { EventField } from './catalogue/event-type.js';
import { isPlainlyRight } from './plainly-right.js';

const fields = EVENT_DEFINITIONS.flatMap((definition) => definition.fields.map((field) => ({ definition, field })));

/** Whether the rules of the class accept the value in an otherwise right event. */
function rulesAccept({ definition, field }: (typeof fields)[number], value: unknown): boolean {
  const data = Object.assign(new definition.dataClass() as Record<string, unknown>, exampleData(definition), {
    [field.name]: value,
  });
  return validateSync(data, { forbidUnknownValues: false }).every((error) => error.property !== field.name);
}

const twoDigits = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0'));
const timeLike = fc
  .tuple(fc.constantFrom('2026', '2024', '0000', '0999', '1900'), twoDigits, twoDigits, twoDigits, twoDigits, twoDigits)
  .chain(([year, month, day, hour, minute, second]) =>
    fc
      .constantFrom('Z', '.5Z', '.123456789Z', '+00:00', '', '.Z', 'z')
      .map((end) => `${year}-${month}-${day}T${hour}:${minute}:${second}${end}`),
  );
const anything = fc.oneof(
  timeLike,
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.string({ unit: 'grapheme', maxLength: 140 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 120, maxLength: 140 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, undefined, '', ' ', '\u0000', '\uFE0F', '\n', true, [], {}, -0, 1e21),
);

describe('what is plainly right', () => {
  it('the rules of every field accept too, whatever the value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), anything, (place, value) => {
        if (isPlainlyRight(place.field, value)) expect(rulesAccept(place, value)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('covers the example of every id, text, number and time', () => {
    const plain = new Set<EventField['type']>(['id', 'text', 'number', 'time']);
    for (const { field } of fields) expect(isPlainlyRight(field, field.example)).toBe(plain.has(field.type));
  });

  it('is never a day that does not exist', () => {
    const time = { name: 'at', type: 'time', required: true, description: '', example: '' } as const;
    expect(isPlainlyRight(time, '2026-02-28T10:00:00Z')).toBe(true);
    expect(isPlainlyRight(time, '2026-02-30T10:00:00Z')).toBe(false);
    expect(isPlainlyRight(time, '2026-02-28T24:00:00Z')).toBe(false);
  });
});
