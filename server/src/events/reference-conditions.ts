import type { ReferenceKind } from './catalogue/event-type.js';
import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import { REFERENCE_COLUMN, referenceHash, type ReferenceColumn } from './publishable-event.js';
import type { RecordRef } from './records/labels.js';

/*
 * Finds the events that refer to a record, for searches and erasure: by the hashes of references, and because hashes
 * collide, by the value in the message.
 */

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
