import { connect, Socket, type TcpNetConnectOpts } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { startReceiver, type Receiver } from '../../test/hostile-receivers.js';
import { compileAddressRules } from './address-guard.js';
import { ConnectionPools, type PoolsSettings } from './connection-pool.js';
import { Exchange } from './exchange.js';
import { GuardedConnector } from './guarded-connector.js';
import type { PostResult } from './post-result.js';
import { HostResolver } from './resolver.js';

const limits = { bodyGraceMs: 2_000, hardLimitMs: 6_000, responseLimitBytes: 100 };

describe('kept connections', () => {
  let receivers: Receiver[];
  let pools: ConnectionPools;
  let exchanges: Exchange[];

  beforeEach(async () => {
    exchanges = [];
    receivers = await Promise.all(Array.from({ length: 6 }, () => startReceiver('well_behaved')));
  });
  afterEach(async () => {
    pools.close();
    await Promise.all(receivers.map((receiver) => receiver.close()));
  });

  function open(settings: Partial<PoolsSettings>, dial: (options: TcpNetConnectOpts) => Socket = connect): void {
    const rules = compileAddressRules(['127.0.0.1']);
    const connector = new GuardedConnector({ rules, resolver: new HostResolver(), dial });
    const times = { maxAgeMs: 60_000, idleMs: 5_000 };
    const sizes = { connectionsPerOrigin: 10, maxHeaderBytes: 16_384, maxIdle: 100 };
    pools = new ConnectionPools({ connector, ...times, ...sizes, ...settings });
  }

  function send({ port }: Receiver, attemptTimeoutMs = 5_000): Promise<PostResult> {
    const origin = `http://127.0.0.1:${port}`;
    const pool = pools.get(origin, origin, { host: '127.0.0.1', port, secure: false, own: false });
    const options = { method: 'POST', path: '/', body: 'x' };
    return new Promise((resolve) => {
      const exchange = new Exchange(options, pool, { ...limits, attemptTimeoutMs }, (_, result) => resolve(result));
      exchanges.push(exchange);
      exchange.start();
    });
  }

  it('are limited across all origins; the longest idle one is closed', async () => {
    open({ maxIdle: 3 });
    for (const receiver of receivers) await send(receiver);
    expect(pools.counts()).toEqual({ pools: 3, idle: 3 });
    expect(await send(receivers[5]!)).toMatchObject({ status: 200, connectMs: null });
    expect(await send(receivers[0]!)).toMatchObject({ status: 200, connectMs: expect.any(Number) });
    expect(pools.counts().idle).toBe(3);
  });

  it('enforce the deadline between ticks of the clock', async () => {
    open({});
    expect(await send(receivers[0]!)).toMatchObject({ status: 200 });
    expect(await send(receivers[0]!, 0)).toMatchObject({ kind: 'failed', reason: 'timeout' });
  });

  it('are closed when idle for too long', async () => {
    open({ idleMs: 50 });
    for (const receiver of receivers) await send(receiver);
    const startedAt = performance.now();
    while (pools.counts().idle > 0 && performance.now() - startedAt < 5_000) await new Promise(setImmediate);
    expect(pools.counts().idle).toBe(0);
  });

  it('are replaced at their maximum age, also for waiting requests', async () => {
    open({ maxAgeMs: 1, connectionsPerOrigin: 2 });
    const results = await Promise.all(Array.from({ length: 20 }, () => send(receivers[0]!)));
    expect(results.map((result) => result.kind === 'answered' && result.status)).toEqual(Array(20).fill(200));
    expect(receivers[0]!.connections).toBeGreaterThan(2);
    expect(pools.counts().idle).toBeLessThanOrEqual(2);
  });

  it('that cannot be made in time are reported as unreachable, and leave nothing open', async () => {
    const holes: Socket[] = [];
    open({ connectionsPerOrigin: 1 }, () => {
      holes.push(new Socket());
      return holes.at(-1)!;
    });
    const late = send(receivers[0]!);
    const waits = send(receivers[0]!);
    await eventually(() => expect(holes).toHaveLength(1));
    // The second gets the slot of the first, but no time to use it.
    for (const exchange of exchanges) exchange.checkTime(Infinity);
    expect(await late).toMatchObject({ reason: 'unreachable', detail: 'No connection could be made within 5000 ms.' });
    expect(await waits).toMatchObject({ reason: 'timeout' });
    expect(holes.map((socket) => socket.destroyed)).not.toContain(false);
  });
});
