import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import type { ReferenceKind } from './catalogue/event-type.js';
import { REFERENCE_COLUMN, referenceHash } from './reference-hash.js';

/** The fields of messages that name a record, by its kind. */
const FIELDS = new Map<ReferenceKind, Set<string>>();
for (const { fields } of EVENT_DEFINITIONS) {
  for (const { name, reference } of fields)
    if (reference) FIELDS.set(reference, (FIELDS.get(reference) ?? new Set()).add(name));
}

/** Every kind of record that events refer to. */
export const REFERENCE_KINDS: readonly ReferenceKind[] = [...FIELDS.keys()];

export interface ReferenceValue {
  agencyId: string;
  /** Null: any. */
  kind: ReferenceKind | null;
  value: string;
}

/**
 * SQL conditions over events `e`: `hashed` finds them by an index, among them every event that refers to the record,
 * and `named` compares the value in the message; null if that is erased. `parameter` adds a parameter to the statement
 * and returns its placeholder. A message is compared as text: a quote within a string is escaped, so `"field":"value"`
 * occurs only where the field has the value. (As json, PostgreSQL refuses `\u0000`.)
 */
export function referenceConditions(
  { agencyId, kind, value }: ReferenceValue,
  parameter: (value: unknown) => string,
): { hashed: string; named: string } {
  const kinds = kind === null ? REFERENCE_KINDS : [kind];
  const hashed = kinds.map((one) => {
    const hash = parameter(String(referenceHash(agencyId, one, value)));
    return `e.ref${REFERENCE_COLUMN[one]} = ${hash}::bigint`;
  });
  const fields = new Set(kinds.flatMap((one) => [...FIELDS.get(one)!]));
  const named = [...fields].map((field) => {
    const text = parameter(`${JSON.stringify(field)}:${JSON.stringify(value)}`);
    return `strpos(e.body, ${text}) > 0`;
  });
  return { hashed: `(${hashed.join(' or ')})`, named: `(${named.join(' or ')})` };
}
