import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '../../test/hostile-receivers.js';
import { compileAddressPolicy } from './address-guard.js';
import { ConnectionPools, type PoolsSettings } from './connection-pools.js';
import { Exchange } from './exchange.js';
import { GuardedConnector } from './guarded-connector.js';
import type { PostResult } from './post-result.js';
import { HostResolver } from './resolver.js';

const limits = { bodyGraceMs: 2_000, hardLimitMs: 6_000, responseLimitBytes: 100 };

describe('kept connections', () => {
  let receivers: Receiver[];
  let pools: ConnectionPools;

  beforeEach(async () => {
    receivers = await Promise.all(Array.from({ length: 6 }, () => startReceiver('well_behaved')));
  });
  afterEach(async () => {
    pools.close();
    await Promise.all(receivers.map((receiver) => receiver.close()));
  });

  function open(settings: Partial<PoolsSettings>): void {
    const connector = new GuardedConnector({
      rules: compileAddressPolicy(['127.0.0.1']),
      resolver: new HostResolver(),
    });
    const defaults = { connectionsPerOrigin: 10, idleMs: 5_000, maxHeaderBytes: 16_384, maxResting: 100 };
    pools = new ConnectionPools({ connector, ...defaults, ...settings });
  }

  function send({ port }: Receiver, attemptTimeoutMs = 5_000): Promise<PostResult> {
    const origin = `http://127.0.0.1:${port}`;
    const pool = pools.get(origin, origin, { host: '127.0.0.1', port, secure: false, own: false });
    const options = { method: 'POST', path: '/', body: 'x' };
    return new Promise((resolve) =>
      new Exchange(options, pool, { ...limits, attemptTimeoutMs }, (_, result) => resolve(result)).start(),
    );
  }

  it('over all origins are never more than allowed; the one that rested longest goes', async () => {
    open({ maxResting: 3 });
    for (const receiver of receivers) await send(receiver);
    expect(pools.counts()).toEqual({ pools: 3, resting: 3 });
    expect(await send(receivers[5]!)).toMatchObject({ status: 200, connectMs: null });
    expect(await send(receivers[0]!)).toMatchObject({ status: 200, connectMs: expect.any(Number) });
    expect(pools.counts().resting).toBe(3);
  });

  it('that answer late have not answered, however coarsely the clock ticks', async () => {
    open({});
    expect(await send(receivers[0]!)).toMatchObject({ status: 200 });
    expect(await send(receivers[0]!, 0)).toMatchObject({ kind: 'failed', reason: 'timeout' });
  });

  it('are closed when they rest too long', async () => {
    open({ idleMs: 50 });
    for (const receiver of receivers) await send(receiver);
    const startedAt = performance.now();
    while (pools.counts().resting > 0 && performance.now() - startedAt < 5_000) await new Promise(setImmediate);
    expect(pools.counts().resting).toBe(0);
  });
});
