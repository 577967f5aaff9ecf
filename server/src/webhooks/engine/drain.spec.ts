import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';
import { Drain, type DrainSteps, type Settled } from './drain.js';
import { Concurrency } from './concurrency.js';

/* Timing of a drain: what it starts, when, and when it returns. */

const BUDGET_MS = 50_000;
const LONGEST_MS = 12_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const delivery = (webhookId: string, n: number) =>
  ({ deliveryId: `${webhookId}-${n}`, webhookId, agencyId: 'a' }) as ClaimedDelivery;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Script {
  /** What each claim returns, in order; then nothing. */
  claims: ClaimedDelivery[][];
  probes?: ClaimedDelivery[];
  claimMs?: number;
  sendMs: (delivery: ClaimedDelivery) => number;
}

function scripted({ claims, probes = [], claimMs = 5, sendMs }: Script) {
  const concurrency = new Concurrency({ total: 100, perWebhook: 10, perAgency: 100, leaseMs: 60_000 });
  const begun: [id: string, atMs: number][] = [];
  const released: string[] = [];
  const startedMs = Date.now();
  const steps: DrainSteps = {
    concurrency,
    claim: async () => {
      await wait(claimMs);
      return { deliveries: claims.shift() ?? [], more: [] };
    },
    claimProbes: async () => probes.splice(0),
    takeTurns: async () => [],
    nextTurnMs: async () => null,
    send: async (sent): Promise<Settled> => {
      begun.push([sent.deliveryId, Date.now() - startedMs]);
      await wait(sendMs(sent));
      concurrency.answered(sent);
      concurrency.settled();
      return 'delivered';
    },
    release: (deliveries) => {
      for (const given of deliveries) {
        concurrency.forget(given);
        released.push(given.deliveryId);
      }
    },
    stopped: () => false,
    longestMs: LONGEST_MS,
  };
  const run = async () => {
    const answered = new Drain(steps).run(BUDGET_MS);
    await jest.runAllTimersAsync();
    return answered;
  };
  return { run, begun, released, concurrency, steps, startedMs };
}

describe('a drain', () => {
  it('counts what it claimed and ends when nothing is due', async () => {
    const probes = [delivery('paused', 1)];
    const { run, begun, concurrency } = scripted({
      claims: [[delivery('w', 1)], [delivery('w', 2)]],
      probes,
      sendMs: () => 20,
    });
    expect(await run()).toEqual({ claimed: 3, delivered: 3, retrying: 0, failed: 0 });
    expect(begun.map(([id]) => id)).toEqual(['w-1', 'paused-1', 'w-2']);
    expect(concurrency.total).toBe(0);
  });

  it('starts nothing that could end after its budget, and releases what a slow claim took', async () => {
    // Something is always due.
    const claims = Array.from({ length: 10_000 }, (_, n) => [delivery('w', n)]);
    const { run, begun, released, concurrency } = scripted({ claims, claimMs: 700, sendMs: () => 10 });
    await run();
    const latest = Math.max(...begun.map(([, atMs]) => atMs));
    expect(latest).toBeGreaterThan(BUDGET_MS - LONGEST_MS - 1_000);
    expect(latest).toBeLessThan(BUDGET_MS - LONGEST_MS);
    expect(released).toHaveLength(1);
    expect(concurrency.total).toBe(0);
  });

  it('is not held up by a hanging request', async () => {
    const claims = [[delivery('hangs', 1), delivery('w', 1)], [], [delivery('w', 2)], [], [delivery('w', 3)]];
    const { run, begun } = scripted({ claims, sendMs: ({ webhookId }) => (webhookId === 'hangs' ? 10_000 : 100) });
    expect(await run()).toMatchObject({ claimed: 4, delivered: 4 });
    for (const [id, atMs] of begun) expect([id, atMs < 1_000]).toEqual([id, true]);
  });

  it('sees slots that were freed while it was claiming', async () => {
    // The second claim finds the webhook busy; its requests end before the claim does.
    const claims = [[delivery('hangs', 1), delivery('w', 1)], [], [delivery('w', 2)]];
    const { run, begun } = scripted({
      claims,
      claimMs: 50,
      sendMs: ({ webhookId }) => (webhookId === 'hangs' ? 10_000 : 20),
    });
    await run();
    expect(begun.map(([id, atMs]) => [id, atMs < 1_000])).toContainEqual(['w-2', true]);
  });

  it('returns within its budget although a result waits for the database, without counting it', async () => {
    const claims = [[delivery('w', 1), delivery('w', 2)]];
    const { steps, startedMs } = scripted({
      claims,
      sendMs: ({ deliveryId }) => (deliveryId === 'w-1' ? 10 : 600_000),
    });
    let answeredMs = 0;
    const answered = new Drain(steps).run(BUDGET_MS).finally(() => (answeredMs = Date.now() - startedMs));
    await jest.runAllTimersAsync();
    expect(await answered).toEqual({ claimed: 2, delivered: 1, retrying: 0, failed: 0 });
    expect(answeredMs).toBe(BUDGET_MS);
  });

  it('waits for turns, as long as what they send can finish', async () => {
    const { steps, begun, run } = scripted({ claims: [], sendMs: () => 20 });
    const everyMs = 3_000;
    let next = Date.now();
    let count = 0;
    steps.nextTurnMs = async () => Math.max(0, next - Date.now());
    steps.takeTurns = async () => {
      if (Date.now() < next) return [];
      next = Date.now() + everyMs;
      return [delivery('paced', ++count)];
    };
    const { claimed } = await run();
    expect(claimed).toBe(Math.ceil((BUDGET_MS - LONGEST_MS) / everyMs));
    expect(begun.at(-1)![1]).toBeLessThan(BUDGET_MS - LONGEST_MS);
  });

  it('that cannot claim rejects, and nothing stays counted', async () => {
    const { steps, concurrency } = scripted({ claims: [], sendMs: () => 1 });
    steps.claim = () => Promise.reject(new Error('away'));
    await expect(new Drain(steps).run(BUDGET_MS)).rejects.toThrow('away');
    expect(concurrency.total).toBe(0);
    // The turn was released too.
    expect((await concurrency.reserve('queue')).slots.free).toBe(100);
  });
});
