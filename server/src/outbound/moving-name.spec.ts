import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { startFakeDns, type FakeDns } from '../../test/fake-dns.js';
import { startReceiver, type Receiver } from '../../test/hostile-receivers.js';
import { pem, tls } from '../../test/outbound.js';
import { compileAddressRules } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

const MAX_AGE_MS = 300;
const BEFORE = '127.0.0.2';
const AFTER = '127.0.0.3';

// Only Linux listens on all of 127/8.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a name whose address changes under constant load', () => {
  let dns: FakeDns;
  let address: string;
  let receiver: Receiver;
  let moved: Receiver;
  let client: GuardedClient;
  let ended: AbortController;
  let load: Promise<unknown>;
  /** `result`: the status, or the reason of the failure. */
  let seen: { startedAt: number; result: string }[];

  beforeEach(async () => {
    address = BEFORE;
    dns = await startFakeDns(() => [address]);
    receiver = await startReceiver('well_behaved', { host: BEFORE, tls: tls('good') });
    moved = await startReceiver('redirect_to_loopback', { host: AFTER, port: receiver.port, tls: tls('good') });
    client = new GuardedClient({
      rules: compileAddressRules([`${BEFORE}/32`, `${AFTER}/32`]),
      dnsServers: [dns.address],
      attemptTimeoutMs: 5_000,
      connectionMaxAgeMs: MAX_AGE_MS,
      ca: pem('authority'),
    });
    seen = [];
    ended = new AbortController();
    load = Promise.all(Array.from({ length: 4 }, keepSending));
    await eventually(() => expect(receiver.requests).toBeGreaterThan(50));
  });
  afterEach(async () => {
    ended.abort();
    await load;
    await client.close();
    await Promise.all([dns.close(), receiver.close(), moved.close()]);
  });

  async function keepSending(): Promise<void> {
    const url = `https://hr.receivers.example.org:${receiver.port}/`;
    while (!ended.signal.aborted) {
      const startedAt = performance.now();
      const answer = await client.post({ url, headers: {}, body: '{}' });
      seen.push({ startedAt, result: answer.kind === 'answered' ? `${answer.status}` : answer.reason });
    }
  }

  /** The distinct results of requests that started before, and after, all current connections expire. */
  async function resultsAround(): Promise<{ before: string[]; after: string[] }> {
    const end = performance.now() + MAX_AGE_MS;
    const distinct = (isAfter: boolean) =>
      [...new Set(seen.filter(({ startedAt }) => startedAt > end === isAfter).map(({ result }) => result))].toSorted();
    await eventually(() => expect(seen.filter(({ startedAt }) => startedAt > end).length).toBeGreaterThan(50));
    return { before: distinct(false), after: distinct(true) };
  }

  it('is followed within the maximum age of a connection, and no request is interrupted', async () => {
    address = AFTER;
    const { before, after } = await resultsAround();
    expect(before.filter((result) => result !== '307')).toEqual(['200']);
    expect(after).toEqual(['307']);
  });

  it('receives nothing once it resolves to a private address', async () => {
    address = '10.0.0.1';
    const { before, after } = await resultsAround();
    expect(before.filter((result) => result !== 'blocked_address')).toEqual(['200']);
    expect(after).toEqual(['blocked_address']);
  });
});
