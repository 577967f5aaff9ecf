import { randomFillSync } from 'node:crypto';

/*
 * UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, version, a counter of 12 bits (§6.2, method 1), 62 random bits. Made here because PostgreSQL has uuidv7() only from 18 on,
 * and because the ids of midnights are the bounds of the daily partitions.
 */

const pool = Buffer.alloc(16 * 256);
let used = pool.length;
let lastMs = -1;
let counter = 0;

function hex(ms: number): string {
  return ms.toString(16).padStart(12, '0');
}

/** The next one of the same millisecond, or a random start in the lower half, which leaves 2,048 to come. */
function nextCount(ms: number, random: number): number {
  counter = ms === lastMs ? (counter + 1) & 0xfff : random & 0x7ff;
  lastMs = ms;
  return counter;
}

/**
 * A new UUIDv7 for the moment `ms` (milliseconds since 1970). Those that this process makes for one millisecond, one after another, rise, so a log
 * read by id tells things in the order in which they happened.
 */
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

/** The smallest UUID whose time part is `ms`: a bound for partitions and for range reads by time. */
export function uuidFloor(ms: number): string {
  const time = hex(ms);
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** The milliseconds since 1970 that a UUIDv7 carries. */
export function uuidTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID of any version, in the usual spelling. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}
