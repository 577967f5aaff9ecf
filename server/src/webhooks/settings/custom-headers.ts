import type { FieldError } from '../../lib/app-error.js';

/*
 * Rules for custom headers. Headers that frame the request, identify its sender or sign it are reserved; a value with a
 * line break would inject another header.
 */

export const MAX_HEADERS = 20;
const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 2048;
// Printable ASCII and tabs, trimmed: proxies change or refuse anything else.
const PLAIN_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** A value as JSON Schema. */
export const HEADER_VALUE = { minLength: 1, maxLength: MAX_VALUE_LENGTH, pattern: PLAIN_VALUE.source };

const REFUSED = new Set([
  'host',
  'user-agent',
  'accept-encoding',
  'expect',
  'date',
  'via',
  'forwarded',
  'x-real-ip',
  // Hop-by-hop headers: meant for the next proxy, not for the receiver.
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
const REFUSED_PREFIXES = ['content-', 'webhook-', 'x-webhook-', 'x-forwarded-', 'proxy-'];

/** Problems of the headers. `field` is `headers.<name>`, or `headers` for their number. Values are never echoed. */
export function customHeaderProblems(headers: Record<string, unknown>): FieldError[] {
  const entries = Object.entries(headers);
  const problems: FieldError[] = [];
  if (entries.length > MAX_HEADERS) {
    problems.push({ field: 'headers', code: 'too_many', message: `Add at most ${MAX_HEADERS} headers.` });
  }
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const problem = nameProblem(name, seen) ?? valueProblem(value);
    if (problem) problems.push({ field: `headers.${name}`, ...problem });
    seen.add(name.toLowerCase());
  }
  return problems;
}

type Problem = Pick<FieldError, 'code' | 'message'>;

function nameProblem(name: string, seen: ReadonlySet<string>): Problem | null {
  const lower = name.toLowerCase();
  if (!/^[a-z][a-z0-9_-]*$/.test(lower) || name.length > MAX_NAME_LENGTH) {
    const chars = 'a letter and then letters, digits, - and _';
    return { code: 'bad_name', message: `The name of a header is ${chars}, at most ${MAX_NAME_LENGTH} in all.` };
  }
  if (REFUSED.has(lower) || REFUSED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return { code: 'reserved_name', message: 'We set this header ourselves. Choose another name.' };
  }
  return seen.has(lower) ? { code: 'duplicate', message: 'This header appears twice.' } : null;
}

function valueProblem(value: unknown): Problem | null {
  if (typeof value !== 'string') return { code: 'bad_value', message: 'The value of a header must be text.' };
  if (value.length > MAX_VALUE_LENGTH) {
    return { code: 'too_long', message: `The value of a header has at most ${MAX_VALUE_LENGTH} characters.` };
  }
  if (!PLAIN_VALUE.test(value)) {
    const message = 'The value of a header is one line of plain characters (ASCII), without spaces around it.';
    return { code: 'bad_value', message };
  }
  return null;
}

/**
 * Applies a JSON merge patch: clients never see the values, so they could not send all of them again. null removes all
 * headers. Names are compared without case, and the new spelling wins.
 */
export function mergeHeaders(
  current: Record<string, string>,
  patch: Record<string, string | null> | null,
): Record<string, string> {
  if (patch === null) return {};
  const named = new Set(Object.keys(patch).map((name) => name.toLowerCase()));
  const kept = Object.entries(current).filter(([name]) => !named.has(name.toLowerCase()));
  const set = Object.entries(patch).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries([...kept, ...set]);
}
