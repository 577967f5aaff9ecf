import type { ReferenceKind } from './catalogue/event-type.js';

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
