import { ENVELOPE, FIELDS } from './catalogue.gen.js';
import type { EventType } from './catalogue.js';
import type { FieldRules, Rules } from './field-rules.js';
import type { FieldError } from './publish-error.js';

/*
 * The server's checks of an event, so that an invalid one is refused where it is created: the outbox must not store
 * what can never be published. The rules come from the server's API description.
 */

type Json = Record<string, unknown>;

/** The longest message, in bytes. */
const MAX_MESSAGE = 256 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NAMES = new Set(['id', 'type', 'agencyId', 'occurredAt', 'data', 'traceparent']);

/**
 * What is wrong with an event in its JSON form (dates as strings); empty if nothing is. Whether the agency exists is
 * known only to the server.
 */
export function eventErrors(event: Json): FieldError[] {
  const { id, type, agencyId, occurredAt, data } = event;
  const fields = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type as EventType] : undefined;
  const errors = [
    ...unknownFields(event, (name) => NAMES.has(name), 'an event'),
    ...fieldErrors('id', id, ENVELOPE.id),
    ...(fields ? [] : [problem('type', 'unknown_event_type', 'is not an event of the catalogue')]),
    ...(typeof agencyId === 'string' && UUID.test(agencyId)
      ? []
      : [problem('agencyId', 'unknown_agency', 'is not the id of an agency')]),
    ...fieldErrors('occurredAt', occurredAt, ENVELOPE.occurredAt),
  ];
  if (!fields) return errors;
  if (!isObject(data)) return [...errors, problem('data', 'not_an_object', 'must be an object')];
  for (const [name, rules] of Object.entries(fields)) errors.push(...fieldErrors(`data.${name}`, data[name], rules));
  errors.push(...unknownFields(data, (name) => Object.hasOwn(fields, name), String(type), 'data.'));
  if (errors.length === 0 && messageBytes(event) > MAX_MESSAGE)
    errors.push(problem('data', 'event_too_large', 'is too long: a message has at most 256 KiB'));
  return errors;
}

const problem = (field: string, code: string, what: string): FieldError => ({
  field,
  code,
  message: `${field} ${what}`,
});

function unknownFields(value: Json, isKnown: (name: string) => boolean, of: string, prefix = ''): FieldError[] {
  const unknown = Object.keys(value).filter((name) => !isKnown(name));
  return unknown.map((name) => problem(`${prefix}${name}`, 'unknown_field', `is not a field of ${of}`));
}

function fieldErrors(field: string, value: unknown, rules: FieldRules): FieldError[] {
  if (value === undefined) return rules.required ? [problem(field, 'missing', 'is missing')] : [];
  return meets(value, rules) ? [] : [problem(field, 'invalid', `must be ${wanted(rules)}`)];
}

function meets(value: unknown, rules: Rules): boolean {
  if (rules.anyOf) return rules.anyOf.some((one) => meets(value, one));
  if (rules.type === 'integer') {
    const { minimum = -Infinity, maximum = Infinity } = rules;
    return Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
  }
  return typeof value === 'string' && textMeets(value, rules);
}

function textMeets(text: string, { format, pattern, minLength = 0, maxLength = Infinity }: Rules): boolean {
  if (text.length < minLength || (text.length > maxLength && Array.from(text).length > maxLength)) return false;
  if (pattern !== undefined && !compiled(pattern).test(text)) return false;
  if (format === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text);
  // The pattern for times allows 30 February.
  return format !== 'date-time' || isDay(text.slice(0, 10));
}

const patterns = new Map<string, RegExp>();

function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known;
}

function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}

function wanted({ type, format, anyOf, minLength, maxLength, minimum, maximum }: Rules): string {
  if (anyOf) return 'a day that exists, such as 2026-02-01, or a time in UTC';
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (format === 'date-time') return 'a time in UTC that exists, such as 2026-01-22T10:30:00Z';
  if (minLength !== undefined) return `a text of ${minLength} to ${maxLength} characters without control characters`;
  if (maxLength !== undefined)
    return `an address that begins with http:// or https://, at most ${maxLength} characters long`;
  return 'a text';
}

/** As the server measures it; `timestamp` always has 24 characters. */
function messageBytes({ type, data }: Json): number {
  return new TextEncoder().encode(JSON.stringify({ event: type, timestamp: '0'.repeat(24), data })).length;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
