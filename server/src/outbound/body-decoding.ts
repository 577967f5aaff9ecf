import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/* Undoes what the headers of an answer say about its bytes, so that people can read it; bounded in memory and time. */

export interface Decoded {
  bytes: Buffer;
  /** False when there is more than was asked for, or it ended in something broken. */
  whole: boolean;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * The first `limitBytes` and a little more of what was compressed; null when it cannot be decompressed.
 * One at a time in the process: a hostile brotli window takes 16 MiB.
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
  // An answer that was cut has no end, which is no fault.
  const cut = { finishFlush: constants.Z_SYNC_FLUSH };
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(cut);
    case 'deflate':
      // In a zlib envelope by the RFC, without one by many servers.
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

/** Text in the charset of `content-type`, as UTF-8; the bytes as they are without one, and when they are not in it. */
export function asUtf8(bytes: Buffer, contentType: string | undefined, cut: boolean): Buffer {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1];
  if (!charset || /^utf-?8$/i.test(charset)) return bytes;
  try {
    // With `stream` the half character at a cut is left out.
    return Buffer.from(new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: cut }));
  } catch {
    return bytes;
  }
}
