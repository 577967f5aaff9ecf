/* The header `traceparent` of W3C Trace Context (level 1, §3.2). Pure. */

const WHOLE = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;

/**
 * The trace context, in the form of version 00; null for what is not valid, which is to be ignored (§3.2.2.3). A
 * version of the future may have more after the four parts, which is dropped.
 */
export function traceparentOf(text: unknown): string | null {
  if (typeof text !== 'string' || text.length < 55) return null;
  const [, version, trace, parent, flags, more] = WHOLE.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  return `00-${trace}-${parent}-${flags}`;
}
