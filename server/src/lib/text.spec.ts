import { describe, expect, it } from '@jest/globals';
import { NAME, NAME_OR_EMPTY, ONE_LINE } from './text.js';

const UNSEEN = ['\u200b', '\u200e', '\u202e', '\u2066', '\u2028', '\ufeff', '\u00ad', '\u3164', '\u061c', '\u180e'];

describe('a name', () => {
  it.each(['Payroll', 'Ñandú “Łódź” 候補者', '👩‍💻 ❤️ team', 'می‌خواهم', 'عربي', '𝒳'])('may be %s', (name) => {
    expect([NAME.test(name), NAME_OR_EMPTY.test(name), ONE_LINE.test(name)]).toEqual([true, true, true]);
  });

  it('contains no invisible or bidirectional control characters, which ids may', () => {
    for (const character of UNSEEN) {
      const text = `Pay${character}roll`;
      expect([text, NAME.test(text), NAME_OR_EMPTY.test(text)]).toEqual([text, false, false]);
      expect(ONE_LINE.test(text)).toBe(true);
    }
  });

  it('is never blank', () => {
    expect(['', ' ', '\u00a0 '].map((text) => NAME.test(text))).toEqual([false, false, false]);
    expect(NAME_OR_EMPTY.test('')).toBe(true);
  });

  it('is a single storable line', () => {
    for (const text of ['a\nb', 'a\u0000', 'a\u0085', '\ud800', 'a\udc00b', '\udfff\ud800']) {
      expect([NAME, NAME_OR_EMPTY, ONE_LINE].map((pattern) => pattern.test(text))).toEqual([false, false, false]);
    }
  });
});
