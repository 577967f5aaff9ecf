import { parseUrl } from '../../lib/parse-url.js';
import { ONE_LINE, schemaPattern } from '../../lib/text.js';
import { DAY, isDay, isUtcTime, UTC_TIME } from '../../lib/time.js';

/*
 * The kinds of event field: for each the published JSON Schema and the check. They accept the same values, which a test
 * verifies over a corpus. Plain functions, because publishing is the hot path.
 */

export const FIELD_TYPES = ['id', 'text', 'time', 'date', 'url', 'number'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

interface FieldKind {
  schema: object;
  accepts(value: unknown): boolean;
  /** Completes "must be …". */
  wanted: string;
}

const MAX_ID = 128;
const MAX_URL = 8192;

/**
 * An http or https URL as in the WHATWG standard, without control characters. No `format: uri`: RFC 3986 rejects the
 * spaces, brackets and non-ASCII letters that browsers accept. What a pattern cannot express (a host that ends in a
 * number but is not an IPv4 address, a name that IDNA rejects) is left to `URL`.
 */
const HTTP_URL = new RegExp(
  [
    String.raw`^(?=${ONE_LINE.source.slice(1)})[Hh][Tt]{2}[Pp][Ss]?://`,
    String.raw`([^/\\?#]*@)?`,
    String.raw`(\[[0-9A-Fa-f:.]+\]|[^\s/\\?#:@<>\[\]\^\|]+)`,
    String.raw`(:0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?)?`,
    String.raw`([/\\?#][^\n]*)?$`,
  ].join(''),
  'u',
);

export const FIELD_KINDS: Record<FieldType, FieldKind> = {
  id: {
    schema: { type: 'string', minLength: 1, maxLength: MAX_ID, pattern: schemaPattern(ONE_LINE) },
    accepts: (value) => typeof value === 'string' && hasLength(value, MAX_ID) && ONE_LINE.test(value),
    wanted: `a text of 1 to ${MAX_ID} characters without control characters`,
  },
  text: { schema: { type: 'string' }, accepts: (value) => typeof value === 'string', wanted: 'a text' },
  time: { schema: UTC_TIME, accepts: isUtcTime, wanted: 'a time in UTC that exists, such as 2026-01-22T10:30:00Z' },
  date: {
    schema: { anyOf: [DAY, UTC_TIME] },
    accepts: (value) => isDay(value) || isUtcTime(value),
    wanted: 'a day that exists, such as 2026-02-01, or a time in UTC',
  },
  url: {
    schema: { type: 'string', maxLength: MAX_URL, pattern: schemaPattern(HTTP_URL) },
    accepts: (value) =>
      typeof value === 'string' && hasLength(value, MAX_URL) && HTTP_URL.test(value) && parseUrl(value) !== null,
    wanted: `an address that begins with http:// or https://, at most ${MAX_URL} characters long`,
  },
  number: {
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    wanted: `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  },
};

/** Whether it has 1 to `max` characters, counted in code points like JSON Schema. */
function hasLength(text: string, max: number): boolean {
  return text !== '' && (text.length <= max || (text.length <= 2 * max && Array.from(text).length <= max));
}
