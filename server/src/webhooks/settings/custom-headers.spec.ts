import { describe, expect, it } from '@jest/globals';
import { customHeaderProblems, mergeHeaders } from './custom-headers.js';

const codes = (headers: Record<string, string>) =>
  customHeaderProblems(headers).map(({ field, code }) => [field, code]);

describe('custom headers', () => {
  it('may carry a key or a tenant', () => {
    expect(customHeaderProblems({ Authorization: 'Bearer abc.def-ghi', 'X-Tenant': 'a\tb c', cookie: 'a=b' })).toEqual(
      [],
    );
  });

  it.each([
    ['Host'],
    ['Connection'],
    ['Keep-Alive'],
    ['Proxy-Authorization'],
    ['TE'],
    ['Trailer'],
    ['Transfer-Encoding'],
    ['Upgrade'],
    ['Expect'],
    ['User-Agent'],
    ['Accept-Encoding'],
    ['Content-Length'],
    ['Content-Type'],
    ['Webhook-Id'],
    ['X-Webhook-Signature'],
    ['X-Forwarded-For'],
    ['Forwarded'],
  ])('must not replace %s', (name) => {
    expect(codes({ [name]: 'x' })).toEqual([[`headers.${name}`, 'reserved_name']]);
  });

  it.each([['a b'], ['a:b'], [''], ['-a'], ['__proto__'], ['a\r\nb'], ['ünicode'], ['x'.repeat(65)]])(
    'refuses the name %j',
    (name) => {
      expect(codes(Object.fromEntries([[name, 'x']]))).toEqual([[`headers.${name}`, 'bad_name']]);
    },
  );

  it.each([['a\r\nx-b: c'], ['a\nb'], ['a\u0000b'], [''], [' a'], ['a '], ['ü'], ['€'], ['a\u007fb']])(
    'refuses the value %j and does not repeat it',
    (value) => {
      const [problem, ...others] = customHeaderProblems({ 'x-a': value });
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ field: 'headers.x-a', code: 'bad_value' });
      if (value.trim().length > 1) expect(problem?.message).not.toContain(value);
    },
  );

  it('refuses a value that is not a string', () => {
    for (const value of [1, true, null, {}, ['a']]) {
      expect(customHeaderProblems({ 'x-a': value })).toMatchObject([{ field: 'headers.x-a', code: 'bad_value' }]);
    }
  });

  it('refuses a value that is too long, a duplicate name, and too many headers', () => {
    expect(codes({ 'x-a': 'x'.repeat(2049) })).toEqual([['headers.x-a', 'too_long']]);
    expect(codes({ 'X-A': '1', 'x-a': '2' })).toEqual([['headers.x-a', 'duplicate']]);
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-${n}`, '1']));
    expect(codes(many)).toEqual([['headers', 'too_many']]);
  });

  it('change by merge patch: strings set, null removes, the rest stays', () => {
    const current = { 'X-A': '1', 'X-B': '2', 'X-C': '3' };
    expect(mergeHeaders(current, { 'x-a': '9', 'X-B': null, 'X-D': '4' })).toEqual({
      'X-C': '3',
      'x-a': '9',
      'X-D': '4',
    });
    expect(mergeHeaders(current, {})).toEqual(current);
    expect(mergeHeaders(current, null)).toEqual({});
  });
});
