import type { ReferenceKind } from './catalogue/event-type.js';
import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import type { RecordRef } from './records/labels.js';

/*
 * References of events are kept as hashes, in the columns ref1 … ref5 of webhook_events. A kind always uses the same
 * column, so a look-up reads one index; a test proves that no event type has two kinds in one column. Hashes collide:
 * a look-up compares the value in the message.
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

/** One part after the other: joining them made half of the garbage. */
function add(text: string): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, SECOND_PRIME);
    low = Math.imul(low ^ code, FIRST_PRIME);
    low ^= low >>> 15;
  }
}

/** The fields of messages that name a record, by its kind. */
const FIELDS = new Map<ReferenceKind, Set<string>>();
for (const { fields } of EVENT_DEFINITIONS) {
  for (const { name, reference } of fields)
    if (reference) FIELDS.set(reference, (FIELDS.get(reference) ?? new Set()).add(name));
}

/** Every kind of record that events refer to. */
export const REFERENCE_KINDS: readonly ReferenceKind[] = [...FIELDS.keys()];

interface ReferenceValue {
  agencyId: string;
  /** Null: any. */
  kind: ReferenceKind | null;
  value: string;
  /** Or one of these. */
  also?: readonly RecordRef[] | undefined;
}

/**
 * SQL conditions over events `e`: `hashed` finds them by an index, among them every event that refers to the record,
 * and `named` compares the value in the message; null if that is erased. `parameter` adds a parameter to the statement
 * and returns its placeholder. A message is compared as text: a quote within a string is escaped, so `"field":"value"`
 * occurs only where the field has the value. (As json, PostgreSQL refuses `\u0000`.)
 */
export function referenceConditions(
  { agencyId, kind, value, also = [] }: ReferenceValue,
  parameter: (value: unknown) => string,
): { hashed: string; named: string } {
  const records = [...(kind === null ? REFERENCE_KINDS : [kind]).map((one) => ({ kind: one, value })), ...also];
  const hashes = new Map<ReferenceColumn, string[]>();
  for (const record of records) {
    const column = REFERENCE_COLUMN[record.kind];
    const hash = String(referenceHash(agencyId, record.kind, record.value));
    hashes.set(column, [...(hashes.get(column) ?? []), hash]);
  }
  const hashed = [...hashes].map(([column, of]) => `e.ref${column} = any(${parameter(of)}::bigint[])`);
  const texts = new Set(
    records.flatMap((record) =>
      [...FIELDS.get(record.kind)!].map((field) => `${JSON.stringify(field)}:${JSON.stringify(record.value)}`),
    ),
  );
  const named = [...texts].map((text) => `strpos(e.body, ${parameter(text)}) > 0`);
  return { hashed: `(${hashed.join(' or ')})`, named: `(${named.join(' or ')})` };
}
