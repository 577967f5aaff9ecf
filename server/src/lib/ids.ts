import { randomFillSync } from 'node:crypto';

/*
 * UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, version, a 12-bit counter (§6.2, method 1), 62 random bits.
 * Generated here because PostgreSQL has uuidv7() only from version 18, and because ids of midnights bound the daily
 * partitions.
 */

/** Before every other id, as the start of a scan by id. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const pool = Buffer.alloc(16 * 256);
let used = pool.length;
let lastMs = -1;
let counter = 0;

function hex(ms: number): string {
  return ms.toString(16).padStart(12, '0');
}

/** Starts each millisecond at random in the lower half, which leaves at least 2,048 increments. */
function nextCount(ms: number, random: number): number {
  counter = ms === lastMs ? (counter + 1) & 0xfff : random & 0x7ff;
  lastMs = ms;
  return counter;
}

/** A UUIDv7 for `ms` (Unix time). Monotonic per process, so sorting by id gives the order of events. */
export function uuidv7(ms: number = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const count = nextCount(ms, pool.readUInt16BE(used)).toString(16).padStart(3, '0');
  const random = pool.toString('hex', used + 2, used + 10);
  used += 16;
  const time = hex(ms);
  const variant = ((Number.parseInt(random[0]!, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${random.slice(1, 4)}-${random.slice(4, 16)}`;
}

/** The smallest UUIDv7 of `ms`: a bound for partitions and for range reads by time. */
export function uuidFloor(ms: number): string {
  const time = hex(ms);
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** The Unix milliseconds of a UUIDv7. */
export function uuidTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Any version, in the canonical 8-4-4-4-12 spelling. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
