import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/* Content codings and charsets of answers, bounded in memory and time. */

export interface Decoded {
  bytes: Buffer;
  /** False if there is more than the limit, or the input is corrupt. */
  whole: boolean;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Slightly more than the first `limitBytes`; null if it cannot be decompressed. One at a time per process: a hostile
 * brotli window takes 16 MiB.
 *
 * @param coding a content coding of RFC 9110 §8.4.1
 */
export function decompressed(bytes: Buffer, coding: string, limitBytes: number): Promise<Decoded | null> {
  const next = last.then(() => {
    const decoder = decoderOf(coding, bytes);
    return decoder && firstOf(decoder, bytes, limitBytes);
  });
  last = next.catch(() => null);
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
export function asUtf8(bytes: Buffer, contentType: string | undefined, cut: boolean): Buffer {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1];
  if (!charset || /^utf-?8$/i.test(charset)) return bytes;
  try {
    // `stream` drops a partial character at the cut.
    return Buffer.from(new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: cut }));
  } catch {
    return bytes;
  }
}
