import { isUtf8 } from 'node:buffer';
import { asUtf8, decompressed } from './body-decoding.js';

const MAX_HEADER_BYTES = 16_384;

export type ReceivedHeaders = Record<string, string | string[] | undefined>;

/** Response headers as plain strings without NULs, up to 16 KiB; `cut`: some were dropped. */
export function plainHeaders(headers: ReceivedHeaders): { headers: Record<string, string>; cut: boolean } {
  const plain: Record<string, string> = {};
  let bytes = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    const text = withoutNul(typeof value === 'string' ? value : value.join(', '));
    bytes += name.length + Buffer.byteLength(text);
    if (bytes > MAX_HEADER_BYTES) return { headers: plain, cut: true };
    plain[name] = text;
  }
  return { headers: plain, cut: false };
}

export const BODY_ENCODINGS = ['utf-8', 'hex'] as const;
export type BodyEncoding = (typeof BODY_ENCODINGS)[number];

export interface BodyText {
  text: string;
  encoding: BodyEncoding;
  truncated: boolean;
}

export interface ReceivedBody {
  chunks: readonly Buffer[];
  headers: Record<string, string>;
  truncated: boolean;
}

/** Decodes the body by content coding and charset. A promise only if it was compressed. */
export function readBody(body: ReceivedBody, limitBytes: number): BodyText | Promise<BodyText> {
  const { chunks, headers, truncated } = body;
  const coding = headers['content-encoding'];
  if (!coding || coding === 'identity' || chunks.length === 0) return textOf(body, limitBytes);
  return decompressed(Buffer.concat(chunks), coding, limitBytes).then((decoded) => {
    if (!decoded) return bodyText(chunks, limitBytes, truncated);
    return textOf({ headers, chunks: [decoded.bytes], truncated: truncated || !decoded.whole }, limitBytes);
  });
}

function textOf({ chunks, headers, truncated }: ReceivedBody, limitBytes: number): BodyText {
  const type = headers['content-type'];
  const utf8 = type?.includes('charset') ? [asUtf8(Buffer.concat(chunks), type, truncated)] : chunks;
  return bodyText(utf8, limitBytes, truncated);
}

/** Enough to recognise a file format; as text it would be mostly replacement characters. */
const MAX_HEX_BYTES = 1024;

/**
 * The body as storable text, at most `limitBytes` long as UTF-8: valid UTF-8 without NULs, anything else as the hex of
 * its first 1 KiB. A partial last character is dropped.
 */
export function bodyText(chunks: readonly Buffer[], limitBytes: number, truncated: boolean): BodyText {
  const [first] = chunks;
  if (!first) return { text: '', encoding: 'utf-8', truncated };
  const received = chunks.length === 1 ? first : Buffer.concat(chunks);
  const cut = truncated || received.length > limitBytes;
  const whole = cut ? withoutHalfCharacter(received, limitBytes) : received;
  if (isUtf8(whole)) return { text: withoutNul(whole.toString('utf8')), encoding: 'utf-8', truncated: cut };
  const kept = Math.min(MAX_HEX_BYTES, Math.floor(limitBytes / 2));
  const text = received.toString('hex', 0, kept);
  return { text, encoding: 'hex', truncated: cut || received.length > kept };
}

/** A UTF-8 character has at most four bytes, so a partial one at most three. */
function withoutHalfCharacter(bytes: Buffer, limitBytes: number): Buffer {
  const end = Math.min(bytes.length, limitBytes);
  for (let back = 1; back <= Math.min(3, end); back++) {
    const byte = bytes[end - back]!;
    // 10xxxxxx continues a character.
    if (byte >> 6 === 0b10) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return bytes.subarray(0, length > back ? end - back : end);
  }
  return bytes.subarray(0, end);
}

/** PostgreSQL rejects NUL in text: an attempt with one could not be stored and would be retried forever. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}
