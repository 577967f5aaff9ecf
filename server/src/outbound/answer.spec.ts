import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bodyText, plainHeaders, readBody } from './answer.js';

describe('the stored answer', () => {
  it('contains no NUL and fits its limit as UTF-8, for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.boolean(), (parts, cut) => {
        const chunks = parts.map((part) => Buffer.from(part));
        const { text } = bodyText(chunks, 64, cut);
        expect(text).not.toContain('\0');
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64);
        expect(text).not.toMatch(/\p{Cs}/u);
      }),
    );
  });

  it('keeps valid text, also if a character is split across two chunks', () => {
    const euro = Buffer.from('5 €');
    const whole = { text: '5 €', encoding: 'utf-8', truncated: false };
    expect(bodyText([euro.subarray(0, 3), euro.subarray(3)], 100, false)).toEqual(whole);
  });

  it('drops a partial character at a cut', () => {
    const cut = { text: '5 ', encoding: 'utf-8', truncated: true };
    expect(bodyText([Buffer.from('5 €').subarray(0, 4)], 100, true)).toEqual(cut);
    expect(bodyText([Buffer.from('5 €')], 4, false)).toEqual(cut);
  });

  it('stays text wherever it is cut, and loses at most its last character', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).map((some) => some.replaceAll('\0', '0'));
    fc.assert(
      fc.property(text, fc.nat(), (written, at) => {
        const bytes = Buffer.from(written);
        const kept = bytes.subarray(0, at % (bytes.length + 1));
        const { text: stored, encoding } = bodyText([kept], 1000, true);
        expect(encoding).toBe('utf-8');
        expect(written.startsWith(stored)).toBe(true);
        expect(kept.length - Buffer.byteLength(stored)).toBeLessThan(4);
      }),
    );
  });

  it('is the hex of its first 1 KiB if it is not UTF-8', () => {
    const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]);
    expect(bodyText([picture], 16_384, false)).toEqual({ text: '89504e4700', encoding: 'hex', truncated: false });
    const long = { text: 'ff'.repeat(1024), encoding: 'hex', truncated: true };
    expect(bodyText([Buffer.alloc(1025, 0xff)], 16_384, false)).toEqual(long);
    // Not a partial character at a cut: the bytes before it are invalid.
    expect(bodyText([Buffer.from([0xff, 0xe2, 0x82])], 100, true)).toMatchObject({ text: 'ffe282', encoding: 'hex' });
  });

  it('joins repeated headers, drops NULs and stops at 16 KiB', () => {
    const some = { 'set-cookie': ['a=1', 'b=2'], 'x-nul': 'a\0b', constructor: '1' };
    const kept = { 'set-cookie': 'a=1, b=2', 'x-nul': 'ab', constructor: '1' };
    expect(plainHeaders(some)).toEqual({ headers: kept, cut: false });
    expect(plainHeaders({ ...some, 'x-big': 'x'.repeat(16_384), later: '1' })).toEqual({ headers: kept, cut: true });
  });

  it.each([
    ['the charset its type declares', 'Shift_JIS', [0x93, 0xfa, 0x96, 0x7b], '日本'],
    ['it, in quotes', '"windows-1252"', [0x80], '€'],
    ['it, without the half character at its end', 'utf-16le', [0x6f, 0, 0x6b, 0, 0x21], 'ok'],
    ['UTF-8 where it is in no such charset', 'no-such', [0x6f, 0x6b], 'ok'],
    ['UTF-8 where its bytes are not in that charset', 'euc-jp', [0xe2, 0x82, 0xac], '€'],
  ])('is read in %s', async (_, charset, bytes, text) => {
    const headers = { 'content-type': `text/plain; charset=${charset}` };
    const body = await readBody({ chunks: [Buffer.from(bytes)], headers, truncated: true }, 100);
    expect(body).toEqual({ text, encoding: 'utf-8', truncated: true });
  });

  it('stays within its limit if transcoding makes it longer', async () => {
    const headers = { 'content-type': 'text/plain; charset=latin1' };
    const body = await readBody({ chunks: [Buffer.alloc(64, 0xe9)], headers, truncated: false }, 64);
    expect(body).toEqual({ text: 'é'.repeat(32), encoding: 'utf-8', truncated: true });
  });

  it.each([
    ['is cut by us', gzipSync('x'.repeat(100)), 64, false, { text: 'x'.repeat(64), truncated: true }],
    ['was cut on its way', gzipSync('text').subarray(0, -8), 64, true, { text: 'text', truncated: true }],
    [
      'breaks in the middle',
      broken(gzipSync('x'.repeat(40_000))),
      50_000,
      false,
      { text: 'x'.repeat(32_768), truncated: true },
    ],
    ['is empty', Buffer.alloc(0), 64, false, { text: '', truncated: false }],
  ])('that is compressed and %s shows it', async (_, bytes, limit, truncated, kept) => {
    const body = await readBody({ chunks: [bytes], headers: { 'content-encoding': 'GZip' }, truncated }, limit);
    expect(body).toEqual({ encoding: 'utf-8', ...kept });
  });

  it('in an unknown coding stays hex', async () => {
    const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
    const body = await readBody({ chunks: [zstd], headers: { 'content-encoding': 'zstd' }, truncated: false }, 64);
    expect(body).toEqual({ text: '28b52ffd', encoding: 'hex', truncated: false });
  });
});

/** Corrupts the checksum. */
function broken(bytes: Buffer): Buffer {
  bytes[bytes.length - 8]! ^= 0xff;
  return bytes;
}
