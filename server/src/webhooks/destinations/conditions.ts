import { assertNever } from '../../lib/assert-never.js';
import type { FieldError } from '../../lib/app-error.js';
import { findEvent, type EventDefinition } from '../../events/catalogue/catalogue.js';
import type { EventField } from '../../events/catalogue/event-type.js';

/*
 * Conditions of webhooks: which events of a subscribed type they get. A list of comparisons, without code or regular
 * expressions. Conditions for the same type are alternatives; events of a type without conditions pass.
 */

export const CONDITION_OPS = ['is', 'is_not', 'one_of', 'contains', 'present', 'absent', 'changed_to'] as const;
export type ConditionOp = (typeof CONDITION_OPS)[number];

export interface FieldComparison {
  field: string;
  op: ConditionOp;
  /** A list for `one_of`, none for `present` and `absent`, otherwise a text or a number. */
  value?: string | number | (string | number)[] | undefined;
}

export interface EventCondition {
  /** One exact type. */
  event: string;
  /** All must hold. */
  all: FieldComparison[];
}

type Data = Readonly<Record<string, unknown>>;

export const MAX_CONDITIONS = 50;
export const MAX_COMPARISONS = 10;
export const MAX_VALUES = 100;
export const MAX_VALUE_LENGTH = 200;

/** The comparison of the last alternative that failed; null: the event passes. */
export function failedCondition(
  conditions: readonly EventCondition[] | null,
  type: string,
  data: Data,
): FieldComparison | null {
  const alternatives = conditions?.filter(({ event }) => event === type) ?? [];
  let failed: FieldComparison | null = null;
  for (const { all } of alternatives) {
    failed = all.find((condition) => !holds(condition, data)) ?? null;
    if (failed === null) return null;
  }
  return failed;
}

function holds({ field, op, value }: FieldComparison, data: Data): boolean {
  const valueOf = (name: string) => (Object.hasOwn(data, name) ? data[name] : undefined);
  const actual = valueOf(field);
  switch (op) {
    case 'present':
      return actual !== undefined && actual !== '';
    case 'absent':
      return actual === undefined || actual === '';
    case 'is':
      return actual === value;
    case 'is_not':
      return actual !== value;
    case 'one_of':
      return Array.isArray(value) && value.includes(actual as string);
    case 'contains':
      return includes(actual, value);
    case 'changed_to': {
      const old = oldFieldOf(field);
      return old !== null && actual === value && valueOf(old) !== value;
    }
    default:
      return assertNever(op);
  }
}

function includes(actual: unknown, part: FieldComparison['value']): boolean {
  if (typeof actual !== 'string' && typeof actual !== 'number') return false;
  return String(actual).toLowerCase().includes(String(part).toLowerCase());
}

/** `oldStatus` for `newStatus`; null for fields that are not about a change. */
function oldFieldOf(field: string): string | null {
  return field.startsWith('new') ? `old${field.slice(3)}` : null;
}

/** Problems of conditions as sent: every type and field must be one of the catalogue. `subscribes`: to a type. */
export function conditionProblems(
  conditions: readonly EventCondition[],
  subscribes: (type: string) => boolean,
): FieldError[] {
  return conditions.flatMap(({ event, all }, index) => {
    const at = `conditions.${index}`;
    const definition = findEvent(event);
    if (!definition) {
      return [{ field: `${at}.event`, code: 'unknown_event_type', message: 'event must be one exact event type' }];
    }
    if (!subscribes(event)) {
      return [{ field: `${at}.event`, code: 'not_subscribed', message: `This webhook does not get ${event}.` }];
    }
    return all.flatMap((condition, n) => comparisonProblems(condition, definition, `${at}.all.${n}`));
  });
}

/** A stored condition that the catalogue does not support any more. */
export interface OutdatedCondition {
  event: string;
  /** null: there is no such event. */
  field: string | null;
}

/** Conditions that a later catalogue does not support: they match no event, or the wrong ones. */
export function outdatedConditions(conditions: readonly EventCondition[] | null): OutdatedCondition[] {
  const found = (conditions ?? []).flatMap(({ event, all }): OutdatedCondition[] => {
    const definition = findEvent(event);
    if (!definition) return [{ event, field: null }];
    const outdated = all.filter((condition) => comparisonProblems(condition, definition, '').length > 0);
    return outdated.map(({ field }) => ({ event, field }));
  });
  return found.filter(
    (one, index) => index === found.findIndex(({ event, field }) => event === one.event && field === one.field),
  );
}

function comparisonProblems(condition: FieldComparison, { type, fields }: EventDefinition, at: string): FieldError[] {
  const { field, op, value } = condition;
  const declared = fields.find(({ name }) => name === field);
  const problem = (of: string, code: string, message: string) => [{ field: `${at}.${of}`, code, message }];
  if (!declared) return problem('field', 'unknown_field', `${type} has no field ${field}`);
  if (op === 'changed_to' && !fields.some(({ name }) => name === oldFieldOf(field))) {
    return problem('op', 'not_for_this_field', `${field} does not tell what it was before`);
  }
  if (op === 'present' || op === 'absent') {
    return value === undefined ? [] : problem('value', 'unknown_field', `${op} takes no value`);
  }
  const values: unknown[] = op === 'one_of' ? (Array.isArray(value) ? value : []) : [value];
  const right = values.length > 0 && values.every((one) => fits(one, declared, op));
  return right ? [] : problem('value', 'invalid', `value must be ${wanted(declared, op)}`);
}

function fits(value: unknown, { type }: EventField, op: ConditionOp): boolean {
  if (type === 'number' && op !== 'contains') return Number.isSafeInteger(value);
  return typeof value === 'string' && value !== '';
}

function wanted({ type }: EventField, op: ConditionOp): string {
  const one = type === 'number' && op !== 'contains' ? 'a whole number' : 'a text';
  return op === 'one_of' ? `a list of at least one, each ${one}` : one;
}
