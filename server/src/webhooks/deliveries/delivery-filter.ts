import { isUuid, uuidFloor } from '../../lib/ids.js';
import { EVENT_DEFINITIONS, TEST_EVENT_TYPE, matchesPattern } from '../../events/catalogue/catalogue.js';
import type { Reason } from '../model/reasons.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import type { ReferenceKind } from '../../events/catalogue/event-type.js';
import type { RecordRef } from '../../events/records/labels.js';
import { REFERENCE_KINDS } from '../../events/reference-conditions.js';
import { ALL_TYPES } from './filter-events.js';
import type { DeliveryState } from '../model/delivery.entity.js';

/*
 * Turns the filter of a request into conditions that an index can serve. Times become bounds on the id, because ids
 * carry the time and partitions are bounded by them. Groups of events become lists of types, because LIKE is not
 * leakproof and so is never an index condition under row-level security.
 */

export interface Conditions {
  /** Only these deliveries. */
  ids: string[] | null;
  states: DeliveryState[] | null;
  webhookId: string | null;
  /** Event types; an empty list matches nothing. */
  types: string[] | null;
  response: { from: number; to: number } | 'none' | null;
  reason: Reason | null;
  /** null: both tests and real deliveries. */
  test: boolean | null;
  /** Lowest id, inclusive. */
  fromId: string | null;
  /** Highest id, exclusive. */
  beforeId: string | null;
  /** The event must refer to each of them. */
  references: Reference[];
  /**
   * Many events match the references: the log is read, and each delivery's event is checked. Else events come first.
   */
  logFirst?: boolean;
}

export interface Reference {
  /** A kind of record; null: any. */
  kind: ReferenceKind | null;
  value: string;
  /** Set when the value may also be the id of a delivery or event. */
  id: string | null;
  /** Or one of these records, which the text names. */
  also?: readonly RecordRef[];
}

const DELIVERED: DeliveryState = 'delivered';

const TITLES = new Map(EVENT_DEFINITIONS.map(({ type, title }) => [type, title.toLowerCase()]));

export interface FilterParts {
  delivery_ids?: string[];
  /** Records that `q` names. */
  named?: readonly RecordRef[];
}

export function conditionsOf(filter: DeliveryFilter & FilterParts): Conditions {
  const search = searchOf(filter.q, filter.named ?? []);
  const types = [typesOf(filter.event), search.types].filter((list) => list !== null);
  return {
    ids: filter.delivery_ids ?? null,
    states: statesOf(filter),
    webhookId: filter.webhook_id ?? null,
    types: types.length > 0 ? types.reduce((a, b) => a.filter((type) => b.includes(type))) : null,
    response: responseOf(filter.response),
    reason: filter.reason ?? null,
    test: testOf(filter),
    fromId: boundOf(filter.from),
    beforeId: boundOf(filter.to),
    references: [referenceOf(filter.reference), search.reference].filter((one) => one !== null),
  };
}

function typesOf(event: string | undefined): string[] | null {
  return event === undefined || event === '*' ? null : ALL_TYPES.filter((type) => matchesPattern(event, type));
}

/**
 * Text that occurs in the type or title of an event matches those events. Any other text is an id, or the name of the
 * records that the caller has found.
 */
function searchOf(
  q: string | undefined,
  named: readonly RecordRef[],
): { types: string[] | null; reference: Reference | null } {
  const text = q?.trim() ?? '';
  if (text === '') return { types: null, reference: null };
  const words = text.toLowerCase();
  const types = ALL_TYPES.filter((type) => type.includes(words) || TITLES.get(type)?.includes(words));
  if (types.length > 0) return { types, reference: null };
  const also = named.length > 0 ? { also: named } : {};
  return { types: null, reference: { kind: null, value: text, id: isUuid(text) ? text.toLowerCase() : null, ...also } };
}

function referenceOf(text: string | undefined): Reference | null {
  if (text === undefined || text.trim() === '') return null;
  const kind = REFERENCE_KINDS.find((known) => text.startsWith(`${known}:`)) ?? null;
  return { kind, value: kind ? text.slice(kind.length + 1) : text, id: null };
}

/** A delivery with the reason `ok` is always `delivered`: other states need not be searched. */
function statesOf({ status, reason }: DeliveryFilter): DeliveryState[] | null {
  return reason === 'ok' ? (status ?? [DELIVERED]).filter((state) => state === DELIVERED) : (status ?? null);
}

function responseOf(response: string | undefined): Conditions['response'] {
  if (response === undefined) return null;
  if (response === 'none') return 'none';
  const from = Number(response.replace('xx', '00'));
  return { from, to: response.endsWith('xx') ? from + 99 : from };
}

/** A filter for the test event includes tests. */
function testOf({ test, event }: DeliveryFilter): boolean | null {
  if (test === 'any') return null;
  return test === undefined ? event === TEST_EVENT_TYPE : test === 'true';
}

const LAST_MS = 2 ** 48 - 1;

function boundOf(time: string | undefined): string | null {
  return time === undefined ? null : uuidFloor(Math.min(Math.max(Date.parse(time), 0), LAST_MS));
}
