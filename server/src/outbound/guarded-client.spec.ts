import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startFakeDns, type FakeDns } from '../../test/fake-dns.js';
import { startReceiver, type HostileKind, type Receiver, type ReceiverOptions } from '../../test/hostile-receivers.js';
import { compileAddressPolicy } from './address-guard.js';
import { GuardedClient, type GuardedClientOptions } from './guarded-client.js';
import type { PostResult } from './post-result.js';

/** For receivers that use their time up. All others get plenty, so that a busy machine fails no test. */
const SHORT = { attemptTimeoutMs: 300, bodyGraceMs: 150, hardLimitMs: 400 };
/** What noticing a deadline may cost: one tick of the clock (50 ms), and a busy machine. */
const SLACK_MS = 400;
const BODY = JSON.stringify({ event: 'application.created', data: { applicationId: 'uuid-123' } });

const pem = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/certificates/${name}.pem`, import.meta.url), 'utf8');
const tls = (certificate: string) => ({ key: pem('receiver.key'), cert: pem(certificate) });

let dns: FakeDns;
beforeAll(async () => {
  dns = await startFakeDns((name) => (name.endsWith('.receivers.example.org') ? ['127.0.0.1'] : 'not_found'));
});
afterAll(() => dns.close());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function newClient(options: Partial<GuardedClientOptions> = {}): GuardedClient {
  const client = new GuardedClient({
    rules: compileAddressPolicy(['127.0.0.0/8', '::1']),
    dnsServers: [dns.address],
    attemptTimeoutMs: 5_000,
    ca: pem('authority'),
    ...options,
  });
  closing.push(() => client.close());
  return client;
}

async function receive(kind: HostileKind, options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = await startReceiver(kind, options);
  closing.push(() => receiver.close());
  return receiver;
}

const post = (client: GuardedClient, url: string): Promise<PostResult> =>
  client.post({ url, headers: { 'content-type': 'application/json' }, body: BODY });

/** Posts once to a receiver of this kind. */
async function postTo(
  kind: HostileKind,
  options: Partial<GuardedClientOptions> = {},
): Promise<{ result: PostResult; tookMs: number; receiver: Receiver }> {
  const receiver = await receive(kind);
  const client = newClient(options);
  const startedAt = performance.now();
  const result = await post(client, `http://127.0.0.1:${receiver.port}/hook`);
  return { result, tookMs: performance.now() - startedAt, receiver };
}

describe('a well-behaved receiver', () => {
  it('gets the body as given, over HTTP/1.1, with identity encoding and a host header', async () => {
    const { result, receiver } = await postTo('well_behaved');
    expect(result).toMatchObject({ kind: 'answered', status: 200, body: 'ok', truncated: false, reconnected: false });
    expect(result).toMatchObject({
      headers: { 'content-length': '2' },
      dnsMs: null,
      connectMs: expect.any(Number),
      tlsMs: null,
    });
    const [head = '', body] = receiver.lastRequest.split('\r\n\r\n');
    expect(body).toBe(BODY);
    expect(head.toLowerCase().split('\r\n')).toEqual([
      'post /hook http/1.1',
      `host: 127.0.0.1:${receiver.port}`,
      'connection: keep-alive',
      'accept-encoding: identity',
      'content-type: application/json',
      `content-length: ${BODY.length}`,
    ]);
  });

  it('cannot be sent headers that speak for the connection', async () => {
    const receiver = await receive('well_behaved');
    const headers = {
      Host: 'other.example.org',
      Connection: 'close',
      'Accept-Encoding': 'gzip',
      'transfer-encoding': 'chunked',
      'x-kept': '1',
    };
    const client = newClient();
    await client.post({ url: `http://127.0.0.1:${receiver.port}/`, headers, body: 'x' });
    expect(receiver.lastRequest).toMatch(/x-kept: 1/);
    expect(receiver.lastRequest).not.toMatch(/other\.example|close|gzip|chunked/);
  });

  it('makes a header with a line break our fault, and nothing is sent', async () => {
    const receiver = await receive('well_behaved');
    const headers = { 'x-bad': 'a\r\nx-injected: 1' };
    const result = await newClient().post({ url: `http://127.0.0.1:${receiver.port}/`, headers, body: 'x' });
    expect(result).toMatchObject({ kind: 'failed', reason: 'our_fault' });
    expect(receiver.requests).toBe(0);
  });

  it('keeps its connection for the next request, which then costs no connecting', async () => {
    const receiver = await receive('well_behaved');
    const client = newClient();
    for (let index = 0; index < 5; index += 1) await post(client, `http://127.0.0.1:${receiver.port}/`);
    expect(receiver).toMatchObject({ connections: 1, requests: 5 });
    expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
      connectMs: null,
      reconnected: false,
    });
    expect(client.counts()).toEqual({ inFlight: 0, pools: 1, resting: 1 });
  });

  it('is found by its name, over TLS, with every step timed', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/hook`);
    const numbers = { dnsMs: expect.any(Number), connectMs: expect.any(Number), tlsMs: expect.any(Number) };
    expect(result).toMatchObject({ kind: 'answered', status: 200, ...numbers, firstByteMs: expect.any(Number) });
    expect(receiver.lastRequest).toContain(`host: hr.receivers.example.org:${receiver.port}`);
  });

  it('may be written with a trailing dot', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const result = await post(newClient(), `https://hr.receivers.example.org.:${receiver.port}/hook`);
    expect(result).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('can be asked with GET for a document', async () => {
    const receiver = await receive('well_behaved');
    const result = await newClient().get({ url: `http://127.0.0.1:${receiver.port}/keys`, headers: {} });
    expect(result).toMatchObject({ kind: 'answered', body: 'ok' });
    expect(receiver.lastRequest).toMatch(/^GET \/keys /);
  });

  it('is reached directly whatever proxy the environment names', async () => {
    const proxy = await receive('well_behaved');
    const receiver = await receive('well_behaved');
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy.port}`;
    try {
      expect(await post(newClient(), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ status: 200 });
    } finally {
      for (const name of names) delete process.env[name];
    }
    expect(proxy.connections).toBe(0);
  });
});

describe('a receiver that gives no status line', () => {
  it.each(['never_answers', 'header_drip', 'interim_drip'] as const)(
    'fails with a timeout in time: %s',
    async (kind) => {
      const { result, tookMs } = await postTo(kind, SHORT);
      expect(result).toMatchObject({ kind: 'failed', reason: 'timeout', firstByteMs: null });
      expect(tookMs).toBeGreaterThanOrEqual(SHORT.attemptTimeoutMs - 5);
      expect(tookMs).toBeLessThan(SHORT.attemptTimeoutMs + SLACK_MS);
    },
  );

  it.each(['interim_flood', 'status_flood', 'huge_header', 'not_http'] as const)(
    'fails with a bad answer at once: %s',
    async (kind) => {
      const { result } = await postTo(kind);
      expect(result).toMatchObject({ kind: 'failed', reason: 'bad_answer', firstByteMs: null });
    },
  );

  it.each(['reset', 'hang_up'] as const)('fails as a hang-up at once, without a second try: %s', async (kind) => {
    const { result, receiver } = await postTo(kind);
    expect(result).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: false });
    expect(receiver.connections).toBe(1);
  });
});

describe('a receiver that gives a status line and then misbehaves', () => {
  it('that drips its body has answered; what came within the grace is kept', async () => {
    const { result, tookMs } = await postTo('body_drip', SHORT);
    expect(result).toMatchObject({
      kind: 'answered',
      status: 200,
      truncated: true,
      body: expect.stringMatching(/^b+$/),
    });
    expect(tookMs).toBeGreaterThanOrEqual(SHORT.bodyGraceMs - 5);
    expect(tookMs).toBeLessThan(SHORT.bodyGraceMs + SLACK_MS);
  });

  it('that floods us has answered; 16 KiB are kept and the connection is closed', async () => {
    const { result } = await postTo('body_flood');
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true, body: 'y'.repeat(16_384) });
  });

  it('that sends a gzip bomb is not unpacked', async () => {
    const { result } = await postTo('gzip_bomb');
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true });
    if (result.kind === 'answered') expect(Buffer.byteLength(result.body)).toBeLessThanOrEqual(16_384);
  });

  it.each(['hang_up_mid_body', 'reset_mid_body'] as const)('that breaks off has answered: %s', async (kind) => {
    const { result } = await postTo(kind);
    expect(result).toMatchObject({ kind: 'answered', status: 200, truncated: true });
  });

  it('that redirects is not followed', async () => {
    const { result } = await postTo('redirect_to_loopback');
    expect(result).toMatchObject({ kind: 'answered', status: 307, headers: { location: 'http://127.0.0.1:1/' } });
  });

  it('that sends bytes no store takes gets them stored as text', async () => {
    const { result } = await postTo('binary_body');
    expect(result).toMatchObject({ kind: 'answered', body: 'ok\ufffd\ufffd!\ufffd', truncated: false });
  });
});

describe('a receiver that cannot be reached', () => {
  it.each([
    ['self-signed', 'tls_invalid'],
    ['wrong-host', 'tls_invalid'],
    ['expired', 'tls_expired'],
  ])('for its %s certificate is not sent a single byte of the body', async (certificate, reason) => {
    const receiver = await receive('well_behaved', { tls: tls(certificate) });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason });
    expect(receiver).toMatchObject({ connections: 1, requests: 0, bodyBytes: 0, lastRequest: '' });
  });

  it('for an expired certificate says when it ended', async () => {
    const receiver = await receive('well_behaved', { tls: tls('expired') });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ certificateExpiredAt: '2020-02-01T00:00:00.000Z' });
  });

  it('for an unknown authority is refused even when Node is told to trust everybody', async () => {
    const receiver = await receive('well_behaved', { tls: tls('self-signed') });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(await post(newClient(), `https://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'tls_invalid' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it('because it speaks no TLS fails as such', async () => {
    const mailServer = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('220 mail.example.org ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => mailServer.close(() => resolve())));
    const { port } = mailServer.address() as AddressInfo;
    const result = await post(newClient(), `https://hr.receivers.example.org:${port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason: 'tls_invalid' });
  });

  it('because nothing listens there is told apart from one without a name', async () => {
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
  ])('because %j must not be reached is blocked without a packet', async (url) => {
    expect(await post(newClient(), url)).toMatchObject({ kind: 'failed', reason: 'blocked_address', totalMs: 0 });
  });

  it('because its name points into a private network is blocked, and the words do not say where', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const client = newClient({ rules: compileAddressPolicy([]) });
    const result = await post(client, `https://hr.receivers.example.org:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    expect(JSON.stringify(result)).not.toContain('127.0.0');
    expect(receiver.connections).toBe(0);
  });

  it('never has its address in the words, whatever went wrong', async () => {
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
  it('is replaced at once, within the same attempt', async () => {
    const receiver = await receive('stale_keep_alive');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200, reconnected: false });
    expect(await post(client, url)).toMatchObject({ status: 200, reconnected: true, connectMs: expect.any(Number) });
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });

  it('is not tried again once a byte of the answer has come: the receiver may have acted', async () => {
    const receiver = await receive('stale_after_first_byte');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: false });
    expect(receiver.requests).toBe(2);
  });

  it('is replaced within the one deadline of the attempt', async () => {
    const receiver = await receive('stale_then_silent');
    const client = newClient(SHORT);
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    const startedAt = performance.now();
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'timeout', reconnected: true });
    expect(performance.now() - startedAt).toBeLessThan(SHORT.attemptTimeoutMs + SLACK_MS);
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });

  it('is replaced once: when the new one is reset too, the attempt has failed', async () => {
    const receiver = await receive('stale_then_reset');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'reset', reconnected: true });
    expect(receiver).toMatchObject({ connections: 2, requests: 3 });
  });
});

describe('many receivers at once', () => {
  it('one that hangs, with every connection it may have taken, does not hold up another', async () => {
    const hanging = await receive('never_answers');
    const good = await receive('well_behaved');
    const client = newClient({ attemptTimeoutMs: 1_500 });
    const stuck = Array.from({ length: 300 }, () => post(client, `http://127.0.0.1:${hanging.port}/`));
    for (let index = 0; index < 20; index += 1) {
      expect(await post(client, `http://127.0.0.1:${good.port}/`)).toMatchObject({ status: 200 });
    }
    expect(client.counts().inFlight).toBe(300);
    const results = await Promise.all(stuck);
    expect(new Set(results.map((result) => result.kind === 'failed' && result.reason))).toEqual(new Set(['timeout']));
    expect(hanging.connections).toBe(128);
    expect(client.counts()).toMatchObject({ inFlight: 0, resting: 1 });
  });

  it('more requests than connections to one receiver wait their turn', async () => {
    const receiver = await receive('well_behaved');
    const client = newClient();
    const results = await Promise.all(
      Array.from({ length: 500 }, () => post(client, `http://127.0.0.1:${receiver.port}/`)),
    );
    expect(results.every((result) => result.kind === 'answered')).toBe(true);
    expect(receiver.requests).toBe(500);
    expect(receiver.connections).toBeLessThanOrEqual(128);
  });

  it('a closed connection leaves the counts, and the next request makes a new one', async () => {
    const receiver = await startReceiver('well_behaved');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    await post(client, url);
    await receiver.close();
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(client.counts()).toMatchObject({ inFlight: 0, resting: 0 });
  });
});

describe('our own test inbox', () => {
  const rules = compileAddressPolicy([]);

  it('is reached on our own listener, under its public name, although that address is closed', async () => {
    const receiver = await receive('well_behaved');
    const selfOrigin = { prefix: 'https://hooks.bpoc.example.org/inbox/', host: '0.0.0.0', port: receiver.port };
    const client = newClient({ rules, selfOrigin });
    expect(await post(client, 'https://hooks.bpoc.example.org/inbox/abc-1?x=1')).toMatchObject({ status: 200 });
    expect(receiver.lastRequest).toMatch(/^POST \/inbox\/abc-1\?x=1 /);
    expect(receiver.lastRequest).toContain('host: hooks.bpoc.example.org\r\n');
    expect(client.isOwnInbox('https://hooks.bpoc.example.org/inbox/abc-1')).toBe(true);
  });

  it.each([
    'http://localhost:3000/inbox/../api/internal/events',
    'http://localhost:3000/inbox/%2e%2e/api',
    'http://localhost:3000/inbox/..%2fapi',
    'http://localhost:3000/inbox\\..\\api',
    'http://localhost:3000/inbox/',
    'http://localhost:3000/inboxes/a',
    'http://localhost:3001/inbox/a',
    'http://x@localhost:3000/inbox/a',
  ])('is no way to the rest of the server: %s', async (url) => {
    const receiver = await receive('well_behaved');
    const client = newClient({ rules });
    client.setSelfOrigin({ prefix: 'http://localhost:3000/inbox/', host: '127.0.0.1', port: receiver.port });
    expect(client.isOwnInbox(url)).toBe(false);
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    expect(receiver.connections).toBe(0);
  });
});

describe('closing', () => {
  it('lets what is under way finish and takes nothing new', async () => {
    const receiver = await receive('body_drip');
    const client = newClient(SHORT);
    const underWay = post(client, `http://127.0.0.1:${receiver.port}/`);
    const closed = client.close();
    expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'our_fault' });
    expect(await underWay).toMatchObject({ kind: 'answered', status: 200 });
    await closed;
    expect(client.counts()).toEqual({ inFlight: 0, pools: 0, resting: 0 });
  });
});
