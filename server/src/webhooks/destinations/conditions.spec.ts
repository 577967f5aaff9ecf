import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONDITION_OPS, conditionProblems, failedCondition, type EventCondition } from './conditions.js';

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

  it('never throw and, negated, never agree, whatever the data', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(undefined));
    fc.assert(
      fc.property(fc.string(), value, fc.dictionary(fc.string(), value), (field, expected, found) => {
        const held = (op: 'is' | 'is_not') =>
          failedCondition([{ event: TYPE, all: [{ field, op, value: expected }] }], TYPE, found) === null;
        expect(held('is')).not.toBe(held('is_not'));
        for (const op of CONDITION_OPS) {
          failedCondition([{ event: TYPE, all: [{ field, op, value: expected }] }], TYPE, found);
        }
      }),
    );
  });
});
