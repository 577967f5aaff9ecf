import { describe, expect, it } from '@jest/globals';
import { ANSWER } from '../../test/odd-answers.js';
import { newClient, post, postTo, receive, setUpOutbound, SLACK_MS } from '../../test/outbound.js';

setUpOutbound();

describe('a receiver', () => {
  it.each([
    ['both_lengths', 200],
    ['two_lengths', 200],
    ['bad_header', 200],
    ['folded_header', 200],
    ['refusal_with_both_lengths', 500],
  ] as const)('that sends malformed headers has answered: %s', async (kind, status) => {
    const { result } = await postTo(kind);
    expect(result).toMatchObject({ kind: 'answered', status, body: status === 200 ? 'ok' : 'no', truncated: true });
    expect(result).toMatchObject({ headers: { 'content-length': expect.stringMatching(/^2/) } });
    expect(result.firstByteMs).toEqual(expect.any(Number));
  });

  it('that folds a header has it joined', async () => {
    const { result } = await postTo('folded_header');
    expect(result).toMatchObject({ headers: { 'x-folded': 'one two' } });
  });

  it('that sends more headers than are kept has answered, and the answer is marked as truncated', async () => {
    const { result } = await postTo('many_headers');
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true });
    expect(result.kind === 'answered' && Object.keys(result.headers)).toEqual(
      Array.from({ length: 15 }, (_, n) => `x-${n}`),
    );
    expect((await postTo('huge_header')).result).toMatchObject({ status: 200, headers: {}, truncated: true });
  });

  it('that drips its headers has answered, and gets no more time than for a body', async () => {
    const { result, tookMs } = await postTo('header_drip', { bodyGraceMs: 150, hardLimitMs: 5_000 });
    expect(result).toMatchObject({ kind: 'answered', status: 200, headers: {}, truncated: true });
    expect(tookMs).toBeLessThan(150 + SLACK_MS);
  });

  it('that closes during its headers has answered; complete ones are kept', async () => {
    const { result } = await postTo('hang_up_mid_head');
    expect(result).toMatchObject({ kind: 'answered', status: 200, headers: { 'x-whole': '1' }, truncated: true });
  });

  it.each(['unasked_continue', 'continue_in_pieces'] as const)(
    'that sends an unsolicited "100 Continue" is judged by its final status: %s',
    async (kind) => {
      const receiver = await receive(kind);
      const client = newClient();
      const url = `http://127.0.0.1:${receiver.port}/`;
      for (const n of [1, 2]) {
        expect(await post(client, url)).toMatchObject({ kind: 'answered', status: 200, body: 'ok', truncated: false });
        expect(receiver).toMatchObject({ requests: n, connections: 1 });
      }
    },
  );

  it('that answers before a request was sent is ignored', async () => {
    const receiver = await receive('answers_ahead');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    for (const connections of [1, 2]) {
      expect(await post(client, url)).toMatchObject({ kind: 'answered', status: 200 });
      expect(receiver).toMatchObject({ connections });
    }
  });
});

describe('a body', () => {
  it.each(['gzip_bomb', 'brotli_bomb'] as const)('that is a bomb is decompressed to 16 KiB: %s', async (kind) => {
    const { result } = await postTo(kind);
    // The bombs are full of NULs, which are not kept.
    expect(result).toMatchObject({ kind: 'answered', status: 200, encoding: 'utf-8', body: '', truncated: true });
  });

  it.each(['gzip', 'deflate', 'raw_deflate', 'brotli', 'latin_1'] as const)(
    'in %s is decoded as declared',
    async (kind) => {
      const { result } = await postTo(kind);
      expect(result).toMatchObject({ kind: 'answered', encoding: 'utf-8', body: ANSWER, truncated: false });
    },
  );

  it('that is wrongly declared as gzip is kept as hex', async () => {
    const { result } = await postTo('not_gzip');
    expect(result).toMatchObject({ kind: 'answered', encoding: 'hex', body: 'fffe', truncated: false });
  });
});
