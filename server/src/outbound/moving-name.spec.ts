import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { startFakeDns, type FakeDns } from '../../test/fake-dns.js';
import { startReceiver, type Receiver } from '../../test/hostile-receivers.js';
import { pem, tls } from '../../test/outbound.js';
import { compileAddressPolicy } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

const MAX_AGE_MS = 300;
const BEFORE = '127.0.0.2';
const AFTER = '127.0.0.3';

// Only Linux has the whole of 127/8.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a name that moves under constant load', () => {
  let dns: FakeDns;
  let address: string;
  let old: Receiver;
  let client: GuardedClient;
  let ended: AbortController;
  let load: Promise<string[][]>;

  beforeEach(async () => {
    address = BEFORE;
    dns = await startFakeDns(() => [address]);
    old = await startReceiver('well_behaved', { host: BEFORE, tls: tls('good') });
    client = new GuardedClient({
      rules: compileAddressPolicy([`${BEFORE}/32`, `${AFTER}/32`]),
      dnsServers: [dns.address],
      attemptTimeoutMs: 5_000,
      connectionMaxAgeMs: MAX_AGE_MS,
      ca: pem('authority'),
    });
    ended = new AbortController();
    load = Promise.all(Array.from({ length: 4 }, keepSending));
    await eventually(() => expect(old.requests).toBeGreaterThan(50));
  });
  afterEach(async () => {
    ended.abort();
    await load;
    await client.close();
    await Promise.all([dns.close(), old.close()]);
  });

  /** What each request came to, one after the other without a rest. */
  async function keepSending(): Promise<string[]> {
    const seen: string[] = [];
    while (!ended.signal.aborted) {
      const result = await send();
      seen.push(result.kind === 'answered' ? `${result.status}` : result.reason);
    }
    return seen;
  }

  const send = () => client.post({ url: `https://hr.receivers.example.org:${old.port}/`, headers: {}, body: '{}' });

  it('is followed within the age of a connection, and no request is cut', async () => {
    const moved = await startReceiver('well_behaved', { host: AFTER, port: old.port, tls: tls('good') });
    address = AFTER;
    const movedAt = performance.now();
    await eventually(() => expect(performance.now() - movedAt).toBeGreaterThan(MAX_AGE_MS));
    // Those that had begun by then are over once each loop has gone on.
    await Promise.all(Array.from({ length: 8 }, send));
    const [oldRequests, movedRequests] = [old.requests, moved.requests];
    await eventually(() => expect(moved.requests).toBeGreaterThan(movedRequests + 100));
    expect(old.requests).toBe(oldRequests);
    ended.abort();
    expect(new Set((await load).flat())).toEqual(new Set(['200']));
    await moved.close();
  });

  it('gets nothing any more once it points into a private network', async () => {
    address = '10.0.0.1';
    const movedAt = performance.now();
    await eventually(() => expect(performance.now() - movedAt).toBeGreaterThan(MAX_AGE_MS));
    expect(await send()).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    ended.abort();
    for (const seen of await load) expect(seen.at(-1)).toBe('blocked_address');
  });
});
