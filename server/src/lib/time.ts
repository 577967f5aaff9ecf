export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/*
 * The format of times in all inputs: RFC 3339 §5.6 with a capital T and Z. `isTime` accepts what `TIME` (JSON Schema)
 * describes, if the day exists (`Date.parse` reads 30 February as 2 March).
 */

const CLOCK = String.raw`[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?`;

/** With any UTC offset. */
export const TIME = {
  type: 'string',
  format: 'date-time',
  pattern: `^${CLOCK}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`,
} as const;

export const UTC_TIME = { type: 'string', format: 'date-time', pattern: `^${CLOCK}(Z|[+-]00:00)$` } as const;

/** A day such as `2026-02-01`. */
export const DAY = { type: 'string', format: 'date' } as const;

const TIME_PATTERN = new RegExp(TIME.pattern);
const UTC_TIME_PATTERN = new RegExp(UTC_TIME.pattern);
const DAY_PATTERN = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

export function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME_PATTERN.test(value) && isDay(value.slice(0, 10));
}

export function isUtcTime(value: unknown): value is string {
  return isTime(value) && UTC_TIME_PATTERN.test(value);
}

export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !DAY_PATTERN.test(value)) return false;
  const midnight = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(value);
}
