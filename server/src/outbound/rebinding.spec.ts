import { describe, expect, it } from '@jest/globals';
import { startFakeDns } from '../../test/fake-dns.js';
import { startReceiver } from '../../test/hostile-receivers.js';
import { LONG } from '../../test/long.js';
import { pem, tls } from '../../test/outbound.js';
import { compileAddressRules } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

const TRIES = LONG ? 1_000 : 200;
const OPEN = '127.0.0.2';
const CLOSED = '127.0.0.1';

// One loopback address stands for the internet and the other for our machine. Only Linux listens on all of 127/8.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a name whose address changes between lookups', () => {
  it('is reached while it resolves to the outside, and never at our own address', async () => {
    let turn = 0;
    const dns = await startFakeDns(() => {
      turn += 1;
      return [[OPEN], [CLOSED], [OPEN, CLOSED], [CLOSED, OPEN]][Math.floor(turn / 3) % 4] ?? [];
    });
    // Closes each connection at its second request, so that the name is resolved again and again.
    const outside = await startReceiver('stale_keep_alive', { host: OPEN, tls: tls('good') });
    const canary = await startReceiver('well_behaved', { host: CLOSED, port: outside.port, tls: tls('good') });
    const rules = compileAddressRules([`${OPEN}/32`]);
    const client = new GuardedClient({
      rules,
      dnsServers: [dns.address],
      attemptTimeoutMs: 2_000,
      ca: pem('authority'),
    });

    const seen = { answered: 0, blocked_address: 0 };
    for (let index = 0; index < TRIES; index += 1) {
      const url = `https://rebind${index % 7}.receivers.example.org:${outside.port}/`;
      const result = await client.post({ url, headers: {}, body: '{}' });
      seen[result.kind === 'answered' ? 'answered' : (result.reason as 'blocked_address')] += 1;
    }
    await client.close();
    await Promise.all([dns.close(), outside.close(), canary.close()]);

    expect(canary.connections).toBe(0);
    expect(Object.keys(seen)).toEqual(['answered', 'blocked_address']);
    expect(seen.answered + seen.blocked_address).toBe(TRIES);
    expect(seen.answered).toBeGreaterThan(20);
    expect(seen.blocked_address).toBeGreaterThan(20);
    // A thousand handshakes in turn: the limit is for what hangs.
  }, 300_000);
});
