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
    expect(bodyText([euro.subarray(0, 3), euro.subarray(3)], 100, false)).toEqual({ text: '5 €', truncated: false });
  });

  it('leaves out half a character at a cut', () => {
    expect(bodyText([Buffer.from('5 €').subarray(0, 4)], 100, true)).toEqual({ text: '5 ', truncated: true });
  });

  it('says so when replaced bytes outgrow the limit', () => {
    expect(bodyText([Buffer.alloc(10, 0xff)], 10, false)).toEqual({ text: '\ufffd'.repeat(3), truncated: true });
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
