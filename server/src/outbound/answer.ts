import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/*
 * Reads answers of receivers, which may be malformed or hostile: bounded in memory and time, and turned into text that
 * PostgreSQL can store.
 */

const MAX_HEADER_BYTES = 16_384;

export type ReceivedHeaders = Record<string, string | string[] | undefined>;

/** Response headers as plain strings without NULs, up to 16 KiB. `cut`: some were dropped. */
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

interface ReceivedBody {
  chunks: readonly Buffer[];
  headers: Record<string, string>;
  truncated: boolean;
}

/** Decodes the body by content coding and charset. Returns a promise only if the body was compressed. */
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

const LINE_FEED = 0x0a;
/** Longer lines are truncated: the status is at the start, and a header line only has to be non-empty. */
const MAX_LINE = 64;
const STATUS_LINE = /^HTTP\/\d\.\d [1-9]\d\d(?: |\r?$)/;
const CONTINUE = /^HTTP\/1\.\d 100/;
/** Offset of the first digit of the status. */
const STATUS_AT = 9;
/** Covers the headers and the start of the body that are stored. */
const MAX_KEPT_BYTES = 32_768;

/**
 * Reads the bytes of an answer before undici's parser does, because the parser rejects a whole answer for a malformed
 * header. Success depends only on the final status line (RFC 9112 §4), so that is read here. The rest is used only if
 * the parser has rejected the answer.
 */
export class AnswerHead {
  /** The final status; 0 until its line is complete. Interim responses (1xx, RFC 9110 §15.2) are skipped. */
  status = 0;
  private line = '';
  private interim = false;
  private notHttp = false;
  private kept: Buffer[] | null = null;
  private keptBytes = 0;
  /** Offset of the headers in `kept`. */
  private headersAt = 0;

  /** Rewrites an unrequested `100` to `102` in place: undici accepts any other interim response. */
  read(chunk: Buffer): void {
    let at = 0;
    while (this.status === 0 && at < chunk.length && !this.notHttp) {
      const end = chunk.indexOf(LINE_FEED, at);
      const stop = end === -1 ? chunk.length : end;
      const begun = this.line.length;
      this.line += chunk.toString('latin1', at, Math.min(stop, at + MAX_LINE - begun));
      const lastDigit = at + STATUS_AT + 2 - begun;
      if (lastDigit >= at && !this.interim && CONTINUE.test(this.line)) chunk[lastDigit] = 0x32;
      at = stop + 1;
      if (end !== -1) this.endLine();
    }
    if (this.status !== 0) this.keep(chunk, at);
  }

  /**
   * What followed the status line: the complete header lines, folded ones joined (RFC 9112 §5.2), and the start of the
   * body.
   */
  rest(): { headers: Record<string, string[]>; body: Buffer } {
    const bytes = Buffer.concat(this.kept ?? []).subarray(this.headersAt, this.headersAt + MAX_KEPT_BYTES);
    const text = bytes.toString('latin1');
    const lines: string[] = [];
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      const line = text.slice(at, end).replace(/\r$/, '');
      at = end + 1;
      if (line === '') return { headers: headersOf(lines), body: bytes.subarray(at) };
      if (/^[ \t]/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
      else lines.push(line);
    }
    return { headers: headersOf(lines), body: Buffer.alloc(0) };
  }

  private endLine(): void {
    const { line } = this;
    this.line = '';
    if (line === '' || line === '\r') this.interim = false;
    else if (!this.interim) {
      const status = STATUS_LINE.test(line) ? Number(line.slice(STATUS_AT, STATUS_AT + 3)) : 0;
      this.interim = status >= 100 && status < 200;
      this.notHttp = status === 0;
      if (status >= 200) this.status = status;
    }
  }

  private keep(chunk: Buffer, from: number): void {
    if (!this.kept) this.headersAt = from;
    this.kept ??= [];
    if (this.keptBytes < this.headersAt + MAX_KEPT_BYTES) this.kept.push(chunk);
    this.keptBytes += chunk.length;
  }
}

function headersOf(lines: string[]): Record<string, string[]> {
  // No prototype: "constructor" is a valid header name.
  const headers = Object.create(null) as Record<string, string[]>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) (headers[line.slice(0, colon).trim().toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
  }
  return headers;
}

export interface Decoded {
  bytes: Buffer;
  /** False if there is more than the limit, or the input is corrupt. */
  whole: boolean;
}

let lastDecompression: Promise<unknown> = Promise.resolve();

/**
 * Decompresses slightly more than the first `limitBytes`; null if that fails. The process decompresses one body at a
 * time, because a hostile brotli window takes 16 MiB.
 *
 * @param coding a content coding of RFC 9110 §8.4.1
 */
export function decompressed(bytes: Buffer, coding: string, limitBytes: number): Promise<Decoded | null> {
  const next = lastDecompression.then(() => {
    const decoder = decoderOf(coding, bytes);
    return decoder && firstOf(decoder, bytes, limitBytes);
  });
  lastDecompression = next.catch(() => null);
  return next;
}

function decoderOf(coding: string, bytes: Buffer): Transform | null {
  // A truncated answer has no end of stream.
  const cut = { finishFlush: constants.Z_SYNC_FLUSH };
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(cut);
    case 'deflate':
      // The RFC requires a zlib envelope, which many servers omit.
      return (bytes[0]! & 0x0f) === 8 ? createInflate(cut) : createInflateRaw(cut);
    case 'br':
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}

async function firstOf(decoder: Transform, bytes: Buffer, limitBytes: number): Promise<Decoded | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  decoder.end(bytes);
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limitBytes) break;
    }
  } catch {
    return length === 0 ? null : { bytes: Buffer.concat(chunks), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: length <= limitBytes };
}

/** Transcodes to UTF-8 from the charset of `content-type`; unchanged without one, or if the bytes do not match. */
function asUtf8(bytes: Buffer, contentType: string, cut: boolean): Buffer {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  if (!charset || /^utf-?8$/i.test(charset)) return bytes;
  try {
    // `stream` drops a partial character at the cut.
    return Buffer.from(new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: cut }));
  } catch {
    return bytes;
  }
}
