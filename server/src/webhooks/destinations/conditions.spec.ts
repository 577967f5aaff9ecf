import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LONG } from '../../../test/long.js';
import { EVENT_DEFINITIONS } from '../../events/catalogue/catalogue.js';
import {
  CONDITION_OPS,
  conditionProblems,
  failedCondition,
  outdatedConditions,
  type EventCondition,
} from './conditions.js';

const TYPE = 'application.status_changed';
const data = { applicationId: 'a', jobId: 'j', candidateId: 'c', oldStatus: 'applied', newStatus: 'shortlisted' };
const one = (field: string, op: (typeof CONDITION_OPS)[number], value?: EventCondition['all'][number]['value']) => [
  { event: TYPE, all: [{ field, op, value }] },
];
const passes = (conditions: EventCondition[]) => failedCondition(conditions, TYPE, data) === null;

describe('conditions', () => {
  it.each([
    ['newStatus', 'is', 'shortlisted', true],
    ['newStatus', 'is', 'Shortlisted', false],
    ['newStatus', 'is_not', 'rejected', true],
    ['newStatus', 'one_of', ['hired', 'shortlisted'], true],
    ['newStatus', 'one_of', ['hired'], false],
    ['newStatus', 'contains', 'LIST', true],
    ['newStatus', 'changed_to', 'shortlisted', true],
    ['oldStatus', 'is', 'shortlisted', false],
    ['candidateName', 'present', undefined, false],
    ['candidateName', 'absent', undefined, true],
    ['toString', 'present', undefined, false],
  ] as const)('%s %s %s: %s', (field, op, value, expected) => {
    expect(passes(one(field, op, value as string))).toBe(expected);
  });

  it('do not hold for a change to the same state', () => {
    const same = { ...data, oldStatus: 'shortlisted' };
    expect(failedCondition(one('newStatus', 'changed_to', 'shortlisted'), TYPE, same)).not.toBeNull();
  });

  it('of one type are alternatives, and a type without any passes', () => {
    const either = [...one('newStatus', 'is', 'hired'), ...one('newStatus', 'is', 'shortlisted')];
    expect(passes(either)).toBe(true);
    expect(failedCondition(one('newStatus', 'is', 'hired'), 'offer.sent', {})).toBeNull();
    expect(failedCondition(null, TYPE, data)).toBeNull();
  });

  it('say which comparison failed', () => {
    expect(failedCondition(one('newStatus', 'is', 'hired'), TYPE, data)).toMatchObject({
      field: 'newStatus',
      op: 'is',
    });
  });

  it.each([
    [one('newStatus', 'is', ''), 'conditions.0.all.0.value'],
    [one('newStatus', 'is', 3), 'conditions.0.all.0.value'],
    [one('newStatus', 'one_of', []), 'conditions.0.all.0.value'],
    [one('newStatus', 'present', 'x'), 'conditions.0.all.0.value'],
    [one('jobId', 'changed_to', 'x'), 'conditions.0.all.0.op'],
    [one('salary', 'is', 'x'), 'conditions.0.all.0.field'],
    [[{ event: 'application.*', all: [] }], 'conditions.0.event'],
  ])('that cannot be are refused: %j', (conditions, field) => {
    expect(conditionProblems(conditions as EventCondition[], () => true).map((problem) => problem.field)).toEqual([
      field,
    ]);
  });

  it('for an event that the webhook does not get are refused', () => {
    expect(conditionProblems(one('newStatus', 'is', 'x'), () => false)[0]?.code).toBe('not_subscribed');
  });

  const FIELDS = ['newStatus', 'oldStatus', 'jobId', 'salary', '__proto__', 'constructor', ''];
  const text = fc.constantFrom('hired', 'Hired', 'applied', '', '1', '__proto__');
  const one_ = fc.oneof(text, fc.constantFrom(0, 1, -1));
  const comparison = fc.record({
    field: fc.constantFrom(...FIELDS),
    op: fc.constantFrom(...CONDITION_OPS),
    value: fc.oneof(one_, fc.array(one_, { maxLength: 3 }), fc.constant(undefined)),
  });
  const condition = fc.record({
    event: fc.constantFrom(TYPE, 'offer.sent', 'offer.withdrawn'),
    all: fc.array(comparison, { maxLength: 3 }),
  });
  /** As parsed from JSON, where any name is an own property. */
  const parsed = fc
    .array(fc.tuple(fc.constantFrom(...FIELDS), fc.oneof(one_, fc.constantFrom(null, true, [], {}))), { maxLength: 5 })
    .map((fields) => Object.fromEntries(fields.map(([name, value]) => [name, value as unknown])));

  /** The table of docs/destinations.md, written a second time. */
  const says: Record<(typeof CONDITION_OPS)[number], (now: unknown, value: unknown, before: unknown) => boolean> = {
    is: (now, value) => now === value,
    is_not: (now, value) => !(now === value),
    one_of: (now, value) => Array.isArray(value) && value.some((each) => each === now),
    contains: (now, value) =>
      ['string', 'number'].includes(typeof now) && String(now).toLowerCase().indexOf(String(value).toLowerCase()) >= 0,
    present: (now) => !(now === undefined || now === ''),
    absent: (now) => now === undefined || now === '',
    changed_to: (now, value, before) => now === value && before !== value,
  };

  it('mean, whatever they are and whatever the data, what the manual says', () => {
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 4 }), parsed, (conditions, found) => {
        const at = (name: string) => Object.getOwnPropertyDescriptor(found, name)?.value as unknown;
        const entries = conditions.filter(({ event }) => event === TYPE);
        const expected =
          entries.length === 0 ||
          entries.some(({ all }) =>
            all.every(({ field, op, value }) => says[op](at(field), value, at(field.replace(/^new/, 'old')))),
          );
        expect(failedCondition(conditions, TYPE, found) === null).toBe(expected);
      }),
      { numRuns: LONG ? 50_000 : 1_000 },
    );
  });

  it('on a field or an event that there is not are refused, and outdated once they are stored', () => {
    fc.assert(
      fc.property(condition, (one_) => {
        const known = EVENT_DEFINITIONS.find(({ type }) => type === one_.event);
        const unknown = one_.all.filter(({ field }) => !known?.fields.some(({ name }) => name === field));
        const problems = conditionProblems([one_], () => true);
        const refused = problems.filter(({ code, field }) => code === 'unknown_field' && field.endsWith('.field'));
        if (!known) expect(problems.map(({ code }) => code)).toEqual(['unknown_event_type']);
        else expect(refused).toHaveLength(unknown.length);
        const outdated = outdatedConditions([one_]).map(({ field }) => field);
        expect(outdated).toEqual(expect.arrayContaining(known ? unknown.map(({ field }) => field) : [null]));
        expect(outdated.length > 0).toBe(problems.length > 0);
      }),
    );
  });
});
