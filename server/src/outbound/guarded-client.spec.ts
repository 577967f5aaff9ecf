import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { startReceiver } from '../../test/hostile-receivers.js';
import { BODY, newClient, post, postTo, receive, setUpOutbound, SHORT, tls } from '../../test/outbound.js';
import { startReceiver as startSlow } from '../../test/receiver.js';
import { compileAddressRules } from './address-guard.js';

setUpOutbound();

describe('a well-behaved receiver', () => {
  it('receives the unchanged body over HTTP/1.1, with identity encoding and a host header', async () => {
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

  it('is never sent connection-level headers of the caller', async () => {
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

  it('is sent nothing if a header contains a line break: our_fault', async () => {
    const receiver = await receive('well_behaved');
    const headers = { 'x-bad': 'a\r\nx-injected: 1' };
    const result = await newClient().post({ url: `http://127.0.0.1:${receiver.port}/`, headers, body: 'x' });
    expect(result).toMatchObject({ kind: 'failed', reason: 'our_fault' });
    expect(receiver.requests).toBe(0);
  });

  it('may take longer to answer if the request says so', async () => {
    const slow = await startSlow(() => ({ after: sleep(400) }));
    const client = newClient({ attemptTimeoutMs: 100 });
    const asked = { url: `${slow.url.replace('localhost', '127.0.0.1')}/`, headers: {}, body: 'x' };
    expect(await client.post(asked)).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(await client.post({ ...asked, withinMs: 5_000 })).toMatchObject({ kind: 'answered', status: 200 });
    await slow.close();
  });

  it('is sent the next request on the same connection', async () => {
    const receiver = await receive('well_behaved');
    const client = newClient();
    for (let index = 0; index < 5; index += 1) await post(client, `http://127.0.0.1:${receiver.port}/`);
    expect(receiver).toMatchObject({ connections: 1, requests: 5 });
    expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
      connectMs: null,
      reconnected: false,
    });
    expect(client.counts()).toEqual({ inFlight: 0, pools: 1, idle: 1 });
  });

  it('is reached by name over TLS, with every step timed', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const result = await post(newClient(), `https://hr.receivers.example.org:${receiver.port}/hook`);
    const numbers = { dnsMs: expect.any(Number), connectMs: expect.any(Number), tlsMs: expect.any(Number) };
    expect(result).toMatchObject({ kind: 'answered', status: 200, ...numbers, firstByteMs: expect.any(Number) });
    expect(receiver.lastRequest).toContain(`host: hr.receivers.example.org:${receiver.port}`);
  });

  it('may have a trailing dot in its name', async () => {
    const receiver = await receive('well_behaved', { tls: tls('good') });
    const result = await post(newClient(), `https://hr.receivers.example.org.:${receiver.port}/hook`);
    expect(result).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('can be sent a GET', async () => {
    const receiver = await receive('well_behaved');
    const result = await newClient().get({ url: `http://127.0.0.1:${receiver.port}/keys`, headers: {} });
    expect(result).toMatchObject({ kind: 'answered', body: 'ok' });
    expect(receiver.lastRequest).toMatch(/^GET \/keys /);
  });

  it('is reached directly, whatever proxy the environment sets', async () => {
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

describe('many receivers at once', () => {
  it('do not affect each other when one hangs on all its connections', async () => {
    const hanging = await receive('never_answers');
    const good = await receive('well_behaved');
    const client = newClient({ attemptTimeoutMs: 3_000, connectionsPerOrigin: 100 });
    const stuck = Array.from({ length: 300 }, () => post(client, `http://127.0.0.1:${hanging.port}/`));
    for (let index = 0; index < 20; index += 1) {
      expect(await post(client, `http://127.0.0.1:${good.port}/`)).toMatchObject({ status: 200 });
    }
    expect(client.counts().inFlight).toBe(300);
    // Before the first one ends: waiting ones have slightly more time, and may get its slot.
    await eventually(() => expect(hanging).toMatchObject({ connections: 100, requests: 100 }));
    const results = await Promise.all(stuck);
    expect(new Set(results.map((result) => result.kind === 'failed' && result.reason))).toEqual(new Set(['timeout']));
    expect(client.counts()).toMatchObject({ inFlight: 0, idle: 1 });
  });

  it('queue requests beyond the connection limit of one receiver', async () => {
    const receiver = await receive('well_behaved');
    const client = newClient({ connectionsPerOrigin: 4 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    const results = await Promise.all(Array.from({ length: 100 }, () => post(client, url)));
    expect(results.every((result) => result.kind === 'answered')).toBe(true);
    expect(receiver).toMatchObject({ requests: 100, connections: 4 });
  });

  it('are never sent a request that timed out in the queue', async () => {
    const receiver = await receive('slow_body');
    const client = newClient({
      connectionsPerOrigin: 1,
      attemptTimeoutMs: 1_000,
      bodyGraceMs: 4_000,
      hardLimitMs: 8_000,
    });
    const url = `http://127.0.0.1:${receiver.port}/`;
    const [first, second] = await Promise.all([post(client, url), post(client, url)]);
    expect(first).toMatchObject({ kind: 'answered', body: 'ok' });
    expect(second).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(await post(client, url)).toMatchObject({ status: 200 });
    expect(receiver).toMatchObject({ requests: 2, connections: 1 });
  });

  it('are sent queued requests when earlier connections fail', async () => {
    const receiver = await receive('hang_up');
    const client = newClient({ connectionsPerOrigin: 2 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    const results = await Promise.all(Array.from({ length: 20 }, () => post(client, url)));
    expect(results.every((result) => result.kind === 'failed' && result.reason === 'reset')).toBe(true);
    expect(receiver.connections).toBe(20);
  });

  it('have closed connections removed from the counts and replaced for the next request', async () => {
    const receiver = await startReceiver('well_behaved');
    const client = newClient();
    const url = `http://127.0.0.1:${receiver.port}/`;
    await post(client, url);
    await receiver.close();
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(client.counts()).toMatchObject({ inFlight: 0, idle: 0 });
  });
});

describe('a connection past its maximum age', () => {
  it('closes after the answer in progress, and the next request uses a new one', async () => {
    const receiver = await receive('slow_body');
    const client = newClient({ connectionMaxAgeMs: 100, bodyGraceMs: 4_000 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(await post(client, url)).toMatchObject({ status: 200, body: 'ok', truncated: false });
    expect(client.counts().idle).toBe(0);
    expect(await post(client, url)).toMatchObject({ status: 200, body: 'ok', connectMs: expect.any(Number) });
    expect(receiver).toMatchObject({ connections: 2, requests: 2 });
  });

  it('is not reused when idle', async () => {
    const receiver = await receive('well_behaved');
    const client = newClient({ connectionMaxAgeMs: 200 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    await post(client, url);
    const startedAt = performance.now();
    await eventually(() => expect(performance.now() - startedAt).toBeGreaterThan(200));
    expect(await post(client, url)).toMatchObject({ status: 200, connectMs: expect.any(Number), reconnected: false });
    expect(client.counts().idle).toBe(1);
  });
});

describe('our own test inbox', () => {
  const rules = compileAddressRules([]);
  const token = 'Zq3_'.repeat(10) + 'a-1';

  it('is reached on our own listener under its public name, although that address is not allowed', async () => {
    const receiver = await receive('well_behaved');
    const selfOrigin = { prefix: 'https://hooks.bpoc.example.org/inbox/', host: '0.0.0.0', port: receiver.port };
    const client = newClient({ rules, selfOrigin });
    expect(await post(client, `https://hooks.bpoc.example.org/inbox/${token}`)).toMatchObject({ status: 200 });
    expect(receiver.lastRequest).toContain(`POST /inbox/${token} HTTP`);
    expect(receiver.lastRequest).toContain('host: hooks.bpoc.example.org\r\n');
    expect(client.isOwnInbox(`https://hooks.bpoc.example.org/inbox/${token}`)).toBe(true);
  });

  it('is reachable only while our listener is known', async () => {
    const client = newClient({ rules });
    const url = `http://localhost:3000/inbox/${token}`;
    expect(await post(client, url)).toMatchObject({ reason: 'blocked_address', final: true });
    const receiver = await receive('well_behaved');
    client.setSelfOrigin({ prefix: 'http://localhost:3000/inbox/', host: '127.0.0.1', port: receiver.port });
    expect(await post(client, url)).toMatchObject({ status: 200 });
    client.setSelfOrigin(null);
    expect(await post(client, url)).toMatchObject({ reason: 'blocked_address' });
  });

  it.each([
    `http://localhost:3000/inbox/${token}/../api/internal/events`,
    `http://localhost:3000/inbox/${token}?x=1`,
    `http://localhost:3000/inbox/${token}/`,
    `http://localhost:3000/inbox/${token}0`,
    `http://localhost:3000/inbox/x/../${token}`,
    `http://localhost:3000//inbox/${token}`,
    `https://localhost:3000/inbox/${token}`,
    `HTTP://localhost:3000/inbox/${token}`,
    'http://localhost:3000/inbox/../api/internal/events',
    'http://localhost:3000/inbox/%2e%2e/api',
    'http://localhost:3000/inbox/..%2fapi',
    'http://localhost:3000/inbox\\..\\api',
    'http://localhost:3000/inbox/',
    `http://localhost:3000/inboxes/${token}`,
    `http://localhost:3001/inbox/${token}`,
    `http://x@localhost:3000/inbox/${token}`,
  ])('does not expose the rest of the server: %s', async (url) => {
    const receiver = await receive('well_behaved');
    const client = newClient({ rules });
    client.setSelfOrigin({ prefix: 'http://localhost:3000/inbox/', host: '127.0.0.1', port: receiver.port });
    expect(client.isOwnInbox(`http://localhost:3000/inbox/${token}`)).toBe(true);
    expect(client.isOwnInbox(url)).toBe(false);
    expect(await post(client, url)).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    expect(receiver.connections).toBe(0);
  });
});

describe('closing', () => {
  it('finishes requests in flight and refuses new ones', async () => {
    const receiver = await receive('body_drip');
    const client = newClient(SHORT);
    const underWay = post(client, `http://127.0.0.1:${receiver.port}/`);
    const closed = client.close();
    expect(await post(client, `http://127.0.0.1:${receiver.port}/`)).toMatchObject({ reason: 'our_fault' });
    expect(await underWay).toMatchObject({ kind: 'answered', status: 200 });
    await closed;
    expect(client.counts()).toEqual({ inFlight: 0, pools: 0, idle: 0 });
  });
});
