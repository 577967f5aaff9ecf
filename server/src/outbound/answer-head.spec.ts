import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AnswerHead } from './answer.js';

const OK = 'HTTP/1.1 200 OK\r\n';

/** Read in chunks that end at the given offsets. */
function read(text: string, ends: number[] = []): { head: AnswerHead; seen: string } {
  const head = new AnswerHead();
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...ends.map((end) => end % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (const [index, end] of places.entries()) head.read(bytes.subarray(places[index - 1] ?? 0, end));
  return { head, seen: bytes.toString('latin1') };
}

describe('the head of an answer', () => {
  it.each([
    [OK, 200],
    ['HTTP/1.0 204\r\n', 204],
    ['HTTP/1.1 200 OK\n', 200],
    ['\r\n\r\nHTTP/1.1 200 OK\r\n', 200],
    ['HTTP/1.1 999 Odd\r\n', 999],
    ['HTTP/1.1 200 OK', 0],
    ['HTTP/1.1 2000 OK\r\n', 0],
    ['HTTP/1.1 020 OK\r\n', 0],
    ['HTTP/1.1 OK\r\nHTTP/1.1 200 OK\r\n', 0],
    ['HTTP/1.1 102 Processing\r\nHTTP/1.1 200 OK\r\n', 0],
    ['HTTP/1.1 102 Processing\r\nx: HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 404 No\r\n\r\nHTTP/1.1 200 OK\r\n', 404],
  ])('%j has the status %i', (text, status) => {
    expect(read(text).head.status).toBe(status);
  });

  it('does not depend on chunk boundaries, and only rewrites "100 Continue"', () => {
    const before = 'HTTP/1.1 103 Early\r\nx: HTTP/1.1 100\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
    const after = `${OK}X-One: a\r\nx-one: b\r\nfolded: c\r\n  d\r\nno header\r\n\r\nHTTP/1.1 100 body`;
    fc.assert(
      fc.property(fc.array(fc.nat()), (ends) => {
        const { head, seen } = read(before + after, ends);
        expect(head.status).toBe(200);
        expect(seen).toBe(before.replace('100 Continue', '102 Continue') + after);
        const { headers, body } = head.rest();
        expect({ ...headers }).toEqual({ 'x-one': ['a', 'b'], folded: ['c d'] });
        expect(body.toString()).toBe('HTTP/1.1 100 body');
      }),
    );
  });

  it('accepts any bytes', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('\n', '\r\n', '\r\n\r\n', ' ', ':', OK, 'HTTP/1.1 10', '0', 'a: b')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const head = new AnswerHead();
        for (const bytes of pieces) head.read(bytes);
        expect([0, 200]).toContain(head.status);
        head.rest();
      }),
    );
  });

  it('keeps a bounded part of what follows the status line', () => {
    const { head } = read(`${OK}a: 1\r\nb: ${'x'.repeat(1_000_000)}`, [500_000]);
    expect({ ...head.rest().headers }).toEqual({ a: ['1'] });
    expect(read(`${OK}\r\n${'x'.repeat(1_000_000)}`).head.rest().body).toHaveLength(32_766);
  });
});
