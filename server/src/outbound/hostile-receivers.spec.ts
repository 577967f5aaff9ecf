import { createServer, type AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { startReceiver } from '../../test/hostile-receivers.js';
import {
  closeAfterTest,
  newClient,
  pem,
  post,
  postTo,
  receive,
  setUpOutbound,
  SHORT,
  SLACK_MS,
  tls,
} from '../../test/outbound.js';
import { compileAddressRules } from './address-guard.js';

setUpOutbound();

/** Current OpenSSL supports old TLS only at a lowered security level. */
const OLD: TlsOptions = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };

describe('a receiver that sends no status line', () => {
  it.each(['never_answers', 'interim_drip'] as const)('times out: %s', async (kind) => {
    const { result, tookMs } = await postTo(kind, SHORT);
    expect(result).toMatchObject({ kind: 'failed', reason: 'timeout', firstByteMs: null });
    expect(tookMs).toBeGreaterThanOrEqual(SHORT.attemptTimeoutMs - 5);
    expect(tookMs).toBeLessThan(SHORT.attemptTimeoutMs + SLACK_MS);
  });

  it.each(['interim_flood', 'status_flood', 'not_http', 'status_000', 'no_status', 'switches_protocol'] as const)(
    'fails immediately with bad_answer: %s',
    async (kind) => {
      const { result } = await postTo(kind);
      expect(result).toMatchObject({ kind: 'failed', reason: 'bad_answer', firstByteMs: null });
    },
  );

  it.each(['reset', 'hang_up'] as const)('fails immediately with reset, without a second try: %s', async (kind) => {
    const { result, receiver } = await postTo(kind);
    expect(result).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: false });
    expect(receiver.connections).toBe(1);
  });
});

describe('a receiver that misbehaves after its status line', () => {
  it.each([
    ['its own grace', { bodyGraceMs: 150, hardLimitMs: 5_000 }, 150],
    ['the limit of the whole attempt', { bodyGraceMs: 5_000, hardLimitMs: 300 }, 300],
  ])('by dripping its body has answered; what arrived within %s is kept', async (_, options, limitMs) => {
    const { result, tookMs } = await postTo('body_drip', options);
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true });
    expect(result).toMatchObject({ body: expect.stringMatching(/^b+$/) });
    expect(tookMs).toBeGreaterThanOrEqual(limitMs - 5);
    expect(tookMs).toBeLessThan(limitMs + SLACK_MS);
  });

  it('by flooding has answered; 16 KiB are kept and the connection is closed', async () => {
    const { result } = await postTo('body_flood');
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true, body: 'y'.repeat(16_384) });
  });

  it.each(['hang_up_mid_body', 'reset_mid_body'] as const)('by breaking off has answered: %s', async (kind) => {
    const { result } = await postTo(kind);
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true });
  });

  it('by redirecting is not followed', async () => {
    const { result } = await postTo('redirect_to_loopback');
    expect(result).toMatchObject({ kind: 'answered', status: 307, headers: { location: 'http://127.0.0.1:1/' } });
  });

  it('by sending binary data has it stored as hex', async () => {
    const { result } = await postTo('binary_body');
    expect(result).toMatchObject({
      kind: 'answered',
      encoding: 'hex',
      body: expect.stringMatching(/^6f6b([0-9a-f]{2})+$/),
      truncated: false,
    });
  });
});

describe('a receiver that cannot be reached', () => {
  it.each([
    ['self-signed', 'tls_invalid'],
    ['wrong-host', 'tls_invalid'],
    ['expired', 'tls_expired'],
  ])('because of its %s certificate is not sent a single byte of the body', async (certificate, reason) => {
    const receiver = await receive('well_behaved', { tls: tls(certificate) });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason });
    expect(receiver).toMatchObject({ connections: 1, requests: 0, bodyBytes: 0, lastRequest: '' });
  });

  it('because of an expired certificate reports the expiry', async () => {
    const receiver = await receive('well_behaved', { tls: tls('expired') });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ certificateExpiredAt: '2020-02-01T00:00:00.000Z' });
  });

  it('because of an unknown authority is refused even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const receiver = await receive('well_behaved', { tls: tls('self-signed') });
    const { env } = outerProcess();
    env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await post(newClient(), `https://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'tls_invalid' });
    } finally {
      delete env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  const WANTS_CERTIFICATE = { requestCert: true, rejectUnauthorized: true };
  it.each<[string, TlsOptions, string]>([
    ['offers TLS 1.0 only', { ...OLD, maxVersion: 'TLSv1' }, 'tls_outdated'],
    ['offers TLS 1.1 only', { ...OLD, maxVersion: 'TLSv1.1' }, 'tls_outdated'],
    [
      'wants a client certificate over TLS 1.2',
      { ...WANTS_CERTIFICATE, maxVersion: 'TLSv1.2' },
      'tls_client_certificate',
    ],
    ['wants a client certificate over TLS 1.3', WANTS_CERTIFICATE, 'tls_client_certificate'],
    ['shares no cipher with us', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' }, 'tls_invalid'],
  ])('because it %s is reported as such', async (_, options, reason) => {
    const receiver = await receive('well_behaved', { tls: { ...tls('good'), ...options } });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason });
    expect(receiver).toMatchObject({ requests: 0, bodyBytes: 0 });
  });

  it('because its certificate chain is incomplete is reported as such', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const client = newClient({ ca: pem('self-signed') });
    const result = await post(client, `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls_incomplete' });
    expect(receiver.requests).toBe(0);
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '220 mail.example.org ESMTP\r\n'])(
    'because it speaks no TLS is reported as such: %j',
    async (greeting) => {
      const plain = createServer((socket) =>
        socket
          .on('error', () => undefined)
          .resume()
          .end(greeting),
      );
      await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
      closeAfterTest(() => new Promise((resolve) => plain.close(() => resolve())));
      const { port } = plain.address() as AddressInfo;
      const result = await post(newClient(), `https://hr.receivers.example.org:${port}/`);
      expect(result).toMatchObject({ kind: 'failed', reason: 'plain_http' });
    },
  );

  it('because nothing listens there is distinguished from one whose name does not exist', async () => {
    const receiver = await startReceiver('well_behaved');
    await receiver.close();
    const client = newClient();
    expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'refused' });
    expect(await post(client, `https://nobody.example.org:${receiver.port}/`)).toMatchObject({ reason: 'dns' });
  });

  it.each([
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'http://169.254.169.254/latest',
    'https://printer.local/',
    'nonsense',
    '',
  ])('because %j is forbidden is blocked permanently, without sending a packet', async (url) => {
    const blocked = { kind: 'failed', reason: 'blocked_address', final: true, totalMs: 0 };
    expect(await post(newClient(), url)).toMatchObject(blocked);
  });

  it('because its name resolves to a private address is blocked for now, without disclosing the address', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const client = newClient({ rules: compileAddressRules([]) });
    const result = await post(client, `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    expect(result).not.toHaveProperty('final');
    expect(JSON.stringify(result)).not.toContain('127.0.0');
    expect(receiver.connections).toBe(0);
  });

  it('never has its IP address in the detail', async () => {
    const receiver = await startReceiver('reset', { tls: tls('wrong-host') });
    const url = `https://hr.receivers.example.org:${receiver.port}/`;
    const client = newClient();
    const first = await post(client, url);
    await receiver.close();
    const second = await post(client, url);
    expect([first, second].map((result) => result.kind === 'failed' && result.reason)).toEqual([
      'tls_invalid',
      'refused',
    ]);
    expect(JSON.stringify([first, second])).not.toContain('127.0.0');
  });
});

describe('a kept connection that has died', () => {
  it('is replaced within the same attempt', async () => {
    const receiver = await receive('stale_keep_alive');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200, reconnected: false });
    expect(await post(client, url)).toMatchObject({ status: 200, reconnected: true, connectMs: expect.any(Number) });
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });

  it('is not retried once a byte of the answer was received: the receiver may have acted', async () => {
    const receiver = await receive('stale_after_first_byte');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: false });
    expect(receiver.requests).toBe(2);
  });

  it('is replaced within the deadline of the attempt', async () => {
    const receiver = await receive('stale_then_silent');
    const client = newClient(SHORT);
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    const startedAt = performance.now();
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'timeout', reconnected: true });
    expect(performance.now() - startedAt).toBeLessThan(SHORT.attemptTimeoutMs + SLACK_MS);
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });

  it('is replaced only once: if the new one is reset too, the attempt fails', async () => {
    const receiver = await receive('stale_then_reset');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: true });
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });
});

/** jest gives tests a copy of the environment; Node's TLS reads the real one, reachable only from Node's own realm. */
function outerProcess(): NodeJS.Process {
  const OuterFunction = createServer.constructor as FunctionConstructor;
  return OuterFunction('return process')() as NodeJS.Process;
}
