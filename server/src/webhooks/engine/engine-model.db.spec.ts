import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startTestApp, type TestApp } from '../../../test/app.js';
import {
  isClosed,
  lastOf,
  modelOf,
  type Model,
  type ModelDelivery,
  type OutcomeKind,
} from '../../../test/engine-model/model.js';
import {
  Cancel,
  Claim,
  Crash,
  Erase,
  Pause,
  Probe,
  Publish,
  PublishAndTake,
  Release,
  Resend,
  Settle,
  Switch,
  TimePasses,
  type Step,
} from '../../../test/engine-model/steps.js';
import { LONG } from '../../../test/long.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';
import { isPending, NEXT_STATES } from '../model/delivery-states.js';
import { DeliveryQueue } from './queue/delivery-queue.js';

/*
 * The engine against a model of the states page: any order of publish, claim at intake or later, settle, release,
 * crash, time passing, pause, probe, off, on, delete, cancel, resend and erasure must leave the database as the model
 * predicts. Nothing is sent: outcomes are generated, and the dispatcher does not run (ROLE=api).
 */

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ ROLE: 'api' });
});
afterAll(() => test.close());

interface Stored {
  id: string;
  state: DeliveryState;
  reason: string | null;
  last: number;
  planned: boolean;
  finished_at: Date | null;
  pending: boolean;
  failures: number | null;
  interruptions: number | null;
}

/** Compares the database with the model. */
async function compare(model: Model, agencyId: string): Promise<void> {
  const stored = await test.sql<Stored>(
    `select d.id, d.state, d.last_reason as reason, d.attempts as last, d.next_attempt_at is not null as planned,
       d.finished_at, q.delivery_id is not null as pending, q.failures, q.interruptions
     from all_deliveries d left join webhook_queue q on q.delivery_id = d.id where d.agency_id = $1`,
    [agencyId],
  );
  const attempts = await test.sql<{ delivery_id: string; n: number; text: string }>(
    `select delivery_id, n, outcome || case when fenced then ' fenced' else '' end as text
     from all_attempts where agency_id = $1 order by n`,
    [agencyId],
  );
  const real = stored.map(({ finished_at: finishedAt, ...row }) => ({
    ...row,
    finishedAt: finishedAt?.getTime() ?? null,
    attempts: attempts.filter((attempt) => attempt.delivery_id === row.id).map(({ n, text }) => `${n} ${text}`),
  }));
  for (const { id, finishedAt } of real) rememberEnd(model.deliveries.get(id)!, finishedAt);
  const wanted = [...model.deliveries].map(([id, delivery]) => ({
    id,
    state: delivery.state,
    reason: delivery.reason,
    last: lastOf(delivery),
    planned: delivery.pending !== null,
    pending: delivery.pending !== null,
    failures: delivery.pending?.failures ?? null,
    interruptions: delivery.pending?.interruptions ?? null,
    finishedAt: delivery.finishedAt,
    attempts: [...delivery.attempts].sort(([a], [b]) => a - b).map(([n, text]) => `${n} ${text}`),
  }));
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect(real.sort(byId)).toEqual(wanted.sort(byId));
  const closed = await test.sql<{ id: string; paused: boolean; holds: number }>(
    `select webhook_id as id, paused_until is not null as paused, holds from webhook_health
     where agency_id = $1 and (closed_until is not null or holds > 0 or held_since is not null)`,
    [agencyId],
  );
  const wantedClosed = [...model.webhooks].filter(([, webhook]) => isClosed(webhook));
  expect(closed.sort(byId)).toEqual(wantedClosed.map(([id, { paused, holds }]) => ({ id, paused, holds })).sort(byId));
  // Pending is waiting or retrying, except for a delivered one that is being resent.
  for (const { state, pending } of stored) if (state !== 'delivered') expect(pending).toBe(isPending(state));
}

/** The end time of a delivery comes from the database and must not change. */
function rememberEnd(delivery: ModelDelivery, finishedAt: number | null): void {
  if (!delivery.finished) delivery.finishedAt = null;
  else delivery.finishedAt ??= finishedAt ?? Number.NaN;
}

/** Every transition of the states page. */
const WAYS = DELIVERY_STATES.flatMap((from) => NEXT_STATES[from].map((to) => `${from} → ${to}`));

/** Every observed transition. */
const moves = new Set<string>();

/** A step followed by a comparison. */
const compared = (step: Step): Step => ({
  check: (model) => step.check(model),
  run: async (model, real) => {
    const before = new Map([...model.deliveries].map(([id, { state }]) => [id, state]));
    await step.run(model, real);
    await compare(model, real.agencyId);
    for (const [id, { state }] of model.deliveries) {
      const from = before.get(id);
      if (from && from !== state) moves.add(`${from} → ${state}`);
    }
  },
  toString: () => step.toString(),
});

describe('the engine', () => {
  it('follows the states page in any order of events', async () => {
    const pick = fc.nat(20);
    const kind = fc.constantFrom<OutcomeKind>(
      ...(['ok', 'ok', 'error', 'error', 'error', 'refused', 'slow', 'slow', 'blocked', 'gone', 'ours'] as const),
    );
    const kinds = fc.array(kind, { minLength: 1, maxLength: 3 });
    const settle = fc.record({ pick, kinds }).map((chosen) => new Settle(chosen.pick, chosen.kinds));
    const steps = [
      fc.constant(new Publish()),
      fc.nat(2).map((free) => new PublishAndTake(free)),
      fc.constant(new Claim()),
      fc.constant(new Claim()),
      fc.constant(new Probe()),
      settle,
      settle,
      fc.constant(new Crash()),
      fc.constant(new Crash(true)),
      pick.map((n) => new Release(n)),
      pick.map((n) => new Erase(n)),
      fc.constant(new TimePasses()),
      pick.map((n) => new Pause(n)),
      fc
        .record({ pick, to: fc.constantFrom('on' as const, 'on' as const, 'off' as const, 'deleted' as const) })
        .map(({ pick: n, to }) => new Switch(n, to)),
      pick.map((n) => new Cancel(n)),
      pick.map((n) => new Resend(n)),
    ].map((step) => step.map(compared));
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { size: '+1', maxCommands: 40 }), async (commands) => {
        const agencyId = await test.addAgency();
        const webhooks = await Promise.all([1, 2].map((n) => test.addWebhook(agencyId, `http://localhost:9/${n}`)));
        const model = modelOf(webhooks.map(({ id }) => id));
        try {
          await fc.asyncModelRun(
            () => ({ model, real: { test, agencyId, queue: test.app.get(DeliveryQueue) } }),
            commands,
          );
        } finally {
          await test.sql('delete from webhook_queue where agency_id = $1', [agencyId]);
        }
      }),
      { numRuns: LONG ? 400 : 40 },
    );
    for (const move of moves) expect(WAYS).toContain(move);
    // 10 s on a quiet machine: the limit is for what hangs.
  }, 600_000);

  it('takes every transition of the states page', async () => {
    const agencyId = await test.addAgency();
    const model = modelOf([(await test.addWebhook(agencyId, 'http://localhost:9/')).id]);
    const real = { test, agencyId, queue: test.app.get(DeliveryQueue) };
    const fails = [new Publish(), new Claim(), new Settle(0, ['error'])];
    const again = [new TimePasses(), new Claim()];
    const walk = [
      ...[new Publish(), new Claim(), new Settle(0, ['ok'])],
      ...[new Publish(), new Claim(), new Settle(0, ['blocked']), new Resend(1), new Cancel(1)],
      ...[...fails, ...again, new Settle(0, ['ok'])],
      ...[...fails, ...again, new Settle(0, ['blocked'])],
      ...[...fails, new Cancel(4)],
      ...[...fails, new Switch(0, 'off'), new Switch(0, 'on'), new Resend(5), new Switch(0, 'off')],
    ];
    for (const step of walk) await compared(step).run(model, real);
    expect([...moves].toSorted()).toEqual(WAYS.toSorted());
  });

  it('is checked by a model that a wrong engine would not match', async () => {
    const agencyId = await test.addAgency();
    const { id } = await test.addWebhook(agencyId, 'http://localhost:9/');
    const model = modelOf([id]);
    await new Publish().run(model, { test, agencyId, queue: test.app.get(DeliveryQueue) });
    await compare(model, agencyId);
    await test.sql(`update webhook_queue set token = $2 where agency_id = $1`, [agencyId, randomUUID()]);
    await test.sql('delete from webhook_queue where agency_id = $1', [agencyId]);
    await expect(compare(model, agencyId)).rejects.toThrow('pending');
  });
});
