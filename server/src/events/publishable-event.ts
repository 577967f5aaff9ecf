import { hash } from 'node:crypto';
import type { FieldError } from '../lib/app-error.js';
import { isUuid, uuidv7 } from '../lib/ids.js';
import { MAX_BODY_BYTES } from '../lib/message-size.js';
import { isUtcTime } from '../lib/time.js';
import { findEvent, type EventDefinition } from './catalogue/catalogue.js';
import type { ReferenceKind } from './catalogue/event-type.js';
import { FIELD_KINDS } from './catalogue/field-kinds.js';

/** An event as internal services publish it. */
export interface DomainEvent {
  /** The caller's idempotency key, 1–128 characters. */
  id?: string;
  /** A type of the catalogue. */
  type: string;
  agencyId: string;
  /** When it happened, RFC 3339 in UTC; default: when it was published. */
  occurredAt?: string;
  data: object;
  /** The trace that it belongs to, as in the header of W3C Trace Context; one that is not valid is ignored. */
  traceparent?: string;
}

/** A validated and serialised event, as intake stores it. */
export interface PublishableEvent {
  /** UUIDv7: `webhook-id` of every message. */
  id: string;
  agencyId: string;
  type: string;
  occurredAt: Date;
  /** The message; these bytes are signed and sent. */
  body: string;
  test: boolean;
  subject: { kind: ReferenceKind; id: string } | null;
  /** Hashes of what it refers to, by column: the first is that of `ref1`. */
  references: (bigint | null)[];
  /** The caller's idempotency key, if any, and the hash of the request. */
  key: { value: string; hash: Buffer } | null;
  traceparent: string | null;
}

const ENVELOPE = new Set(['id', 'type', 'agencyId', 'occurredAt', 'data', 'traceparent']);

type Parsed = { event: PublishableEvent; errors?: undefined } | { event?: undefined; errors: FieldError[] };

/**
 * Validates a raw event against the catalogue and serialises it. Pure except for the new id. `errors` names every
 * wrong field; code `event_too_large` stands alone.
 */
export function parseDomainEvent(raw: unknown, nowMs: number, publishedMs = nowMs): Parsed {
  if (!isRecord(raw)) return { errors: [{ field: '', code: 'not_an_object', message: 'an event must be an object' }] };
  const errors = envelopeErrors(raw);
  const definition = typeof raw['type'] === 'string' ? findEvent(raw['type']) : undefined;
  if (definition) errors.push(...dataErrors(definition, raw['data']));
  if (!definition || errors.length > 0) return { errors };
  const event = serialise(raw as unknown as DomainEvent, definition, { nowMs, publishedMs });
  // A UTF-16 code unit encodes to at most three bytes, so only long messages have to be measured.
  if (event.body.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(event.body) > MAX_BODY_BYTES) {
    return { errors: [{ field: 'data', code: 'event_too_large', message: 'the message must be at most 256 KiB' }] };
  }
  return { event };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function envelopeErrors(raw: Record<string, unknown>): FieldError[] {
  const errors: FieldError[] = [];
  const add = (field: string, code: string, message: string) => errors.push({ field, code, message });
  const { id, type, agencyId, occurredAt } = raw;
  for (const name of Object.keys(raw))
    if (!ENVELOPE.has(name)) add(name, 'unknown_field', `${name} is not a field of an event`);
  if (id !== undefined && !FIELD_KINDS.id.accepts(id)) add('id', 'invalid', `id must be ${FIELD_KINDS.id.wanted}`);
  if (type === undefined) add('type', 'missing', 'type is missing');
  else if (typeof type !== 'string' || !findEvent(type))
    add('type', 'unknown_event_type', 'type is not an event of the catalogue');
  if (agencyId === undefined) add('agencyId', 'missing', 'agencyId is missing');
  else if (!isUuid(agencyId)) add('agencyId', 'unknown_agency', 'agencyId is not an agency');
  if (occurredAt !== undefined && !isUtcTime(occurredAt))
    add('occurredAt', 'invalid', `occurredAt must be ${FIELD_KINDS.time.wanted}`);
  return errors;
}

function dataErrors({ type, fields }: EventDefinition, data: unknown): FieldError[] {
  if (data === undefined) return [{ field: 'data', code: 'missing', message: 'data is missing' }];
  if (!isRecord(data)) return [{ field: 'data', code: 'not_an_object', message: 'data must be an object' }];
  const errors: FieldError[] = [];
  const add = (name: string, code: string, what: string) =>
    errors.push({ field: `data.${name}`, code, message: `data.${name} ${what}` });
  let known = 0;
  for (const { name, type: kind, required } of fields) {
    const own = Object.hasOwn(data, name);
    const value = own ? data[name] : undefined;
    if (own) known++;
    if (value === undefined) {
      if (required) add(name, 'missing', 'is missing');
    } else if (!FIELD_KINDS[kind].accepts(value)) add(name, 'invalid', `must be ${FIELD_KINDS[kind].wanted}`);
  }
  const names = Object.keys(data);
  if (names.length === known) return errors;
  for (const name of names) {
    if (!fields.some((field) => field.name === name)) add(name, 'unknown_field', `is not a field of ${type}`);
  }
  return errors;
}

function serialise(
  raw: DomainEvent,
  definition: EventDefinition,
  { nowMs, publishedMs }: { nowMs: number; publishedMs: number },
): PublishableEvent {
  const occurredAt = new Date(raw.occurredAt ?? publishedMs);
  const agencyId = raw.agencyId.toLowerCase();
  const data = raw.data as Record<string, string>;
  const references: PublishableEvent['references'] = [null, null, null, null, null];
  let subject: PublishableEvent['subject'] = null;
  for (const { name, reference } of definition.fields) {
    const value = data[name];
    if (!reference || !value) continue;
    subject ??= { kind: reference, id: value };
    references[REFERENCE_COLUMN[reference] - 1] = referenceHash(agencyId, reference, value);
  }
  return {
    id: uuidv7(nowMs),
    agencyId,
    type: definition.type,
    occurredAt,
    body: messageBody(definition.type, occurredAt, data),
    test: false,
    subject,
    references,
    key: raw.id === undefined ? null : { value: raw.id, hash: requestHash(raw, definition) },
    traceparent: raw.traceparent === undefined ? null : traceparentOf(raw.traceparent),
  };
}

/** The message as signed and sent: exactly these three keys, in this order. */
export function messageBody(event: string, occurredAt: Date, data: object): string {
  return JSON.stringify({ event, timestamp: occurredAt.toISOString(), data });
}

/** The `data` of a message. */
export const messageData = (body: string) => (JSON.parse(body) as { data: Record<string, unknown> }).data;

/**
 * SHA-256 of the request, independent of key order: another hash with the same idempotency key is a conflict. It hashes
 * the JSON of `[type, occurredAt, [[name, value], …]]`, written piece by piece, because lists made 2 kB of garbage.
 */
function requestHash({ type, occurredAt, data }: DomainEvent, definition: EventDefinition): Buffer {
  let entries = '';
  for (const name of sortedNames(definition)) {
    if (!Object.hasOwn(data, name)) continue;
    const value = JSON.stringify((data as Record<string, unknown>)[name] ?? null);
    entries += `${entries === '' ? '' : ','}["${name}",${value}]`;
  }
  return hash('sha256', `["${type}",${JSON.stringify(occurredAt ?? null)},[${entries}]]`, 'buffer');
}

const namesOf = new Map<EventDefinition, string[]>();

/** Sorting the names of each event instead took a sixth of its check. */
function sortedNames(definition: EventDefinition): string[] {
  let names = namesOf.get(definition);
  if (!names) {
    names = definition.fields.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1));
    namesOf.set(definition, names);
  }
  return names;
}

/*
 * References of events are stored as hashes, in the columns ref1 … ref5 of webhook_events. A kind always uses the same
 * column, so a lookup reads one index; a test verifies that no event type has two kinds in one column.
 */

export type ReferenceColumn = 1 | 2 | 3 | 4 | 5;

export const REFERENCE_COLUMN: Record<ReferenceKind, ReferenceColumn> = {
  application: 1,
  candidate: 2,
  job: 3,
  interview: 3,
  offer: 3,
  recording: 4,
  placement: 4,
  transcript: 5,
};

/** Prime factors of MurmurHash2 and of FNV-1a. */
const [FIRST_PRIME, SECOND_PRIME] = [0x5bd1e995, 0x01000193];

/** 64 bits, signed as PostgreSQL's bigint. Not cryptographic: a hash of SHA-256 costs three times as much. */
export function referenceHash(agencyId: string, kind: string, value: string): bigint {
  [high, low] = [0x811c9dc5, 0x1b873593];
  add(agencyId);
  add(' ');
  add(kind);
  add(' ');
  add(value);
  halves.setInt32(0, high);
  halves.setInt32(4, low ^ (high >>> 13));
  return halves.getBigInt64(0);
}

let [high, low] = [0, 0];
const halves = new DataView(new ArrayBuffer(8));

/** Hashes one part after the other, because joining them first made half of the garbage. */
function add(text: string): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, SECOND_PRIME);
    low = Math.imul(low ^ code, FIRST_PRIME);
    low ^= low >>> 15;
  }
}

/* The header `traceparent` of W3C Trace Context (level 1, §3.2). Pure. */

const WHOLE = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;

/**
 * The trace context, in the form of version 00; null if it is not valid and must be ignored (§3.2.2.3). Future versions
 * may have more than four parts, which are dropped.
 */
export function traceparentOf(text: unknown): string | null {
  if (typeof text !== 'string' || text.length < 55) return null;
  const [, version, trace, parent, flags, more] = WHOLE.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  return `00-${trace}-${parent}-${flags}`;
}
