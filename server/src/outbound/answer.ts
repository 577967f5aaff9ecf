const MAX_HEADER_BYTES = 16_384;

/** Response headers as plain strings, without NULs, cut off after 16 KiB. */
export function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const plain: Record<string, string> = {};
  let bytes = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    const text = withoutNul(typeof value === 'string' ? value : value.join(', '));
    bytes += name.length + Buffer.byteLength(text);
    if (bytes > MAX_HEADER_BYTES) break;
    plain[name] = text;
  }
  return plain;
}

/**
 * The body as text that any store takes: invalid UTF-8 becomes U+FFFD, NULs are dropped, and the text is at most
 * `limitBytes` long when written as UTF-8 (a replaced byte grows to three).
 */
export function bodyText(chunks: readonly Buffer[], limitBytes: number, truncated: boolean): BodyText {
  const [first] = chunks;
  if (!first) return { text: '', truncated };
  const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
  const decoded = withoutNul(truncated ? decodeCut(bytes) : bytes.toString('utf8'));
  if (Buffer.byteLength(decoded) <= limitBytes) return { text: decoded, truncated };
  const { read } = new TextEncoder().encodeInto(decoded, new Uint8Array(limitBytes));
  return { text: decoded.slice(0, read), truncated: true };
}

export interface BodyText {
  text: string;
  truncated: boolean;
}

/** Leaves out a last character whose bytes were cut in half. */
function decodeCut(bytes: Buffer): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/** PostgreSQL refuses NUL in text: an answer holding one would fail to be stored, and be retried for ever. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}
