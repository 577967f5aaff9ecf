import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bodyText, plainHeaders } from './answer.js';

describe('the stored answer', () => {
  it('has no NUL and fits its limit as UTF-8, whatever bytes came', () => {
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

  it('keeps good text as it is, also when a character is split over two chunks', () => {
    const euro = Buffer.from('5 €');
    const whole = { text: '5 €', encoding: 'utf-8', truncated: false };
    expect(bodyText([euro.subarray(0, 3), euro.subarray(3)], 100, false)).toEqual(whole);
  });

  it('leaves out half a character at a cut', () => {
    const cut = { text: '5 ', encoding: 'utf-8', truncated: true };
    expect(bodyText([Buffer.from('5 €').subarray(0, 4)], 100, true)).toEqual(cut);
    expect(bodyText([Buffer.from('5 €')], 4, false)).toEqual(cut);
  });

  it('is text for every text, wherever it is cut, and loses at most its last character', () => {
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

  it('is the hex of its first 1 KiB when it is no UTF-8', () => {
    const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]);
    expect(bodyText([picture], 16_384, false)).toEqual({ text: '89504e4700', encoding: 'hex', truncated: false });
    const long = { text: 'ff'.repeat(1024), encoding: 'hex', truncated: true };
    expect(bodyText([Buffer.alloc(1025, 0xff)], 16_384, false)).toEqual(long);
    // Not half a character at a cut: these bytes were wrong before.
    expect(bodyText([Buffer.from([0xff, 0xe2, 0x82])], 100, true)).toMatchObject({ text: 'ffe282', encoding: 'hex' });
  });

  it('joins repeated headers, drops NULs and stops at 16 KiB', () => {
    const headers = plainHeaders({
      'set-cookie': ['a=1', 'b=2'],
      'x-nul': 'a\0b',
      'x-big': 'x'.repeat(16_384),
      later: '1',
    });
    expect(headers).toEqual({ 'set-cookie': 'a=1, b=2', 'x-nul': 'ab' });
  });
});
