import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually } from '../../../test/eventually.js';
import type { Env } from '../../config/env.js';
import type { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { Changes } from './changes.js';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';
import type { DeliveryQueue } from './queue/delivery-queue.js';
import type { SettleRow } from './queue/settle-sql.js';
import { Dispatcher } from './dispatcher.js';
import { EngineCounts } from './engine-counts.js';
import type { HealthTransitions } from './health-transitions.js';
import type { PendingDrops } from './queue/pending-drops.js';
import type { Sender } from './send/sender.js';

const claimed = (): ClaimedDelivery => ({
  deliveryId: randomUUID(),
  agencyId: 'agency',
  webhookId: 'webhook',
  version: 1,
  eventId: 'event',
  eventType: 'offer.sent',
  body: '{}',
  test: false,
  attempt: 1,
  failures: 0,
  interruptions: 0,
  logged: false,
  held: null,
  turn: null,
  group: null,
  token: 'token',
});

const limits = { maxInFlight: 4, maxInFlightPerWebhook: 4, maxInFlightPerAgency: 4 };
const env = { role: 'all', ...limits, delayScale: 1, leaseMs: 60_000, attemptTimeoutMs: 20_000 } as Env;
const nothing = () => undefined;

let dispatcher: Dispatcher;
beforeAll(() => Logger.overrideLogger(false));
afterEach(() => dispatcher.stop(0));

/** A dispatcher with a fake queue. Every request succeeds, after `sending`. */
function dispatch(
  queue: Pick<DeliveryQueue, 'claim' | 'claimProbes'> & Partial<DeliveryQueue>,
  sending: () => Promise<unknown> = () => Promise.resolve(),
  longInFlight = 0,
) {
  const settled: string[] = [];
  const settle = (records: readonly AttemptRecord[]) => {
    settled.push(...records.map(({ delivery }) => delivery.deliveryId));
    return Promise.resolve(records.map((_, index) => ({ ord: index + 1, state: 'delivered' })));
  };
  const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 1 };
  const answer = { status: 200, headers: {}, body: '', encoding: 'utf-8' as const, truncated: false };
  const outcome = { kind: 'succeeded', reason: 'ok', answer, timing, reconnected: false };
  const sent = { startedAtMs: 0, outcome, request: null, plan: 'standard' };
  dispatcher = new Dispatcher(
    {
      settle,
      ...queue,
      hasPending: () => Promise.resolve(true),
      outdated: () => Promise.resolve([]),
    } as unknown as DeliveryQueue,
    {
      longInFlight,
      send: () => sending().then((outcome) => ({ ...sent, ...(outcome !== undefined && { outcome }) })),
    } as unknown as Sender,
    { update: () => Promise.resolve() } as unknown as HealthTransitions,
    { delivery: nothing, webhook: nothing } as unknown as Changes,
    new EngineCounts(),
    {} as ServiceDatabase,
    { later: nothing } as unknown as PendingDrops,
    env,
  );
  dispatcher.run();
  return settled;
}

describe('the dispatcher', () => {
  it('sends what it claimed even if claiming probes fails, and leaks no slot', async () => {
    const work = [claimed(), claimed(), claimed()];
    const settled = dispatch({
      claim: () => Promise.resolve({ deliveries: work.splice(0, 1), more: [] }),
      claimProbes: () => Promise.reject(new Error('the database is unavailable')),
    });
    await eventually(() => expect(settled).toHaveLength(3));
    await eventually(() => expect(dispatcher.concurrency.total).toBe(0));
  });

  it('claims again while a webhook has more due and free slots', async () => {
    const work = Array.from({ length: 50 }, claimed);
    const freeSlots: number[] = [];
    const settled = dispatch({
      claim: (slots) => {
        freeSlots.push(slots.free);
        const deliveries = work.splice(0, slots.free);
        const more = work.length > 0 ? [{ webhookId: 'webhook', agencyId: 'agency' }] : [];
        return Promise.resolve({ deliveries, more });
      },
      claimProbes: () => Promise.resolve([]),
    });
    await eventually(() => expect(settled).toHaveLength(50));
    expect(Math.max(...freeSlots)).toBeLessThanOrEqual(4);
  });

  it('releases what it claimed but has not started when the receiver answers 429', async () => {
    const released: string[] = [];
    const work = Array.from({ length: 30 }, claimed);
    const claims: number[] = [];
    const slowDown = {
      ...{ kind: 'failed', reason: 'rate_limited', after: 'hold', detail: null, retryAfter: '60', answer: null },
      ...{ timing: { totalMs: 1 }, reconnected: false },
    };
    const settled = dispatch(
      {
        claim: (slots) => {
          claims.push(slots.webhooks.get('webhook') ?? slots.perWebhook);
          return Promise.resolve({ deliveries: work.splice(0), more: [{ webhookId: 'webhook', agencyId: 'agency' }] });
        },
        claimProbes: () => Promise.resolve([]),
        releaseInBackground: (leases) => {
          released.push(...leases.map(() => 'released'));
          return Promise.resolve();
        },
      },
      () => Promise.resolve(slowDown),
    );
    // As many start as the webhook may have requests in flight.
    await eventually(() => expect([settled.length, released.length]).toEqual([4, 26]));
    await eventually(() => expect(dispatcher.concurrency.total).toBe(0));
    // From now on one at a time.
    await eventually(() => expect(claims.at(-1)).toBe(1));
  });

  it('stores the results of groups some hundred rows at a time', async () => {
    const group = { id: 'group', members: Array.from({ length: 200 }, claimed) };
    const work = Array.from({ length: 4 }, () => ({ ...claimed(), group }));
    const batches: number[] = [];
    dispatch({
      claim: () => Promise.resolve({ deliveries: work.splice(0), more: [] }),
      claimProbes: () => Promise.resolve([]),
      settle: (records) => {
        batches.push(records.length);
        return Promise.resolve(records.map(() => ({ state: 'delivered' }) as SettleRow));
      },
    });
    await eventually(() => expect(batches).toEqual([2, 2]));
  });

  it('ends the turn of a result that was stored, and not that of one that came too late', async () => {
    const work = ['late', 'stored'].map((webhookId) => ({ ...claimed(), webhookId, turn: new Date().toISOString() }));
    const ended: string[] = [];
    dispatch({
      claim: () => Promise.resolve({ deliveries: work.splice(0), more: [] }),
      claimProbes: () => Promise.resolve([]),
      settle: (records) =>
        Promise.resolve(
          records.map(
            ({ delivery }) => ({ state: delivery.webhookId === 'late' ? 'fenced' : 'delivered' }) as SettleRow,
          ),
        ),
      endTurns: (turns) => {
        ended.push(...turns.map(({ webhookId }) => webhookId));
        return Promise.resolve([]);
      },
    });
    await eventually(() => expect(dispatcher.concurrency.total + ended.length).toBe(1));
    expect(ended).toEqual(['stored']);
  });

  it.each([
    ['ATTEMPT_TIMEOUT_MS allows', 0, 22_000],
    ['tools may take, if one is in flight', 1, 32_000],
  ])('waits at a stop for requests in flight, as long as %s, and no longer', async (_, long, graceMs) => {
    jest.useFakeTimers();
    try {
      const takes = [graceMs - 3_000, 60_000];
      const work = takes.map(claimed);
      const settled = dispatch(
        {
          claim: () => Promise.resolve({ deliveries: work.splice(0), more: [] }),
          claimProbes: () => Promise.resolve([]),
        },
        () => new Promise((resolve) => setTimeout(resolve, takes.shift())),
        long,
      );
      await jest.advanceTimersByTimeAsync(1_000);
      let stopped = false;
      void dispatcher.stop().then(() => (stopped = true));
      await jest.advanceTimersByTimeAsync(graceMs - 2_000);
      expect([settled.length, stopped]).toEqual([1, false]);
      await jest.advanceTimersByTimeAsync(2_000);
      expect([settled.length, stopped]).toEqual([1, true]);
      // The other ends too, or the stop after the test would wait for it in real time.
      await jest.advanceTimersByTimeAsync(60_000);
    } finally {
      jest.useRealTimers();
    }
  });
});
