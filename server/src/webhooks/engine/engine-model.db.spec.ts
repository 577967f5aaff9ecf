import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import fc from 'fast-check';
import { testAppPerFile } from '../../../test/app.js';
import {
  isClosed,
  lastOf,
  modelOf,
  type Flow,
  type Model,
  type ModelDelivery,
  type OutcomeKind,
} from '../../../test/engine-model/model.js';
import { Cancel, Erase, Pause, Resend, Switch } from '../../../test/engine-model/outside-steps.js';
import { Publish, PublishAndTake } from '../../../test/engine-model/publish-steps.js';
import {
  Claim,
  Crash,
  lose,
  Probe,
  Release,
  Settle,
  TakeTurns,
  TimePasses,
  TurnsCome,
  type Real,
  type Step,
} from '../../../test/engine-model/steps.js';
import { LONG } from '../../../test/long.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';
import { isPending, NEXT_STATES } from '../../../test/delivery-states.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { SET_FLOW_SQL } from './queue/turn-sql.js';

/*
 * The engine against a model of the states page: any order of publish, claim at intake or later, settle, release,
 * crash, time passing, turns of paced webhooks, groups, pause, probe, off, on, delete, cancel, resend and erasure must
 * leave the database as the model predicts. Nothing is sent: outcomes are generated, and the dispatcher does not run
 * (ROLE=api).
 */

/** Of pace: longer than a lease, so that the two can be told apart. */
const INTERVAL_MS = 7_200_000;

const test = testAppPerFile({ ROLE: 'api' });
beforeAll(async () => {
  test.app.get(SchedulerRegistry).deleteInterval('sweep');
});

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
  group: string | null;
  deliveredIn: string | null;
}

/** Compares the database with the model. */
async function compare(model: Model, agencyId: string): Promise<void> {
  const stored = await test.sql<Stored>(
    `select d.id, d.state, d.last_reason as reason, d.attempts as last, d.next_attempt_at is not null as planned,
       d.finished_at, q.delivery_id is not null as pending, q.failures, q.interruptions, q.group_id as "group",
       d.delivered_in as "deliveredIn"
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
    group: delivery.pending?.group ?? null,
    deliveredIn: delivery.deliveredIn,
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
  const flows = await test.sql<{ id: string; next: string }>(
    `select webhook_id as id, case when next_at <= now() then 'due'
       when next_at <= now() + interval '1 minute' then 'lease' else 'interval' end as next
     from webhook_flow where agency_id = $1`,
    [agencyId],
  );
  const wantedFlows = [...model.webhooks].flatMap(([id, { flow }]) => (flow ? [{ id, next: flow.next }] : []));
  expect(flows.sort(byId)).toEqual(wantedFlows.sort(byId));
  // Pending is waiting or retrying, except for a delivered one that is being resent.
  for (const { state, pending } of stored) if (state !== 'delivered') expect(pending).toBe(isPending(state));
}

/** The end time of a delivery comes from the database and must not change. */
function rememberEnd(delivery: ModelDelivery, finishedAt: number | null): void {
  if (!delivery.finished) delivery.finishedAt = null;
  else delivery.finishedAt ??= finishedAt ?? Number.NaN;
}

/** Two without a pace, one in even intervals, one in groups that go one by one. */
const FLOWS = (): (Flow | undefined)[] => [
  undefined,
  undefined,
  { oneByOne: false, groupOver: null, next: 'due', turn: null },
  { oneByOne: true, groupOver: 1, next: 'due', turn: null },
];

/** An agency with webhooks of these paces. */
async function addModel(flows = FLOWS()): Promise<{ model: Model; real: Real }> {
  const agencyId = await test.addAgency();
  const webhooks = await Promise.all(
    flows.map(async (flow, n) => ({ ...(await test.addWebhook(agencyId, `http://localhost:9/${n}`)), flow })),
  );
  for (const { id, flow } of webhooks) {
    if (!flow) continue;
    await test.sql('update webhooks set paced = true where id = $1', [id]);
    await test.sql(SET_FLOW_SQL, [id, agencyId, INTERVAL_MS, flow.oneByOne, flow.groupOver, 'infinity', null]);
  }
  return { model: modelOf(webhooks), real: { test, agencyId, queue: test.app.get(DeliveryQueue) } };
}

/** Everything that is pending is delivered, or ends as it must: nothing is lost, or waits forever. */
async function finish(model: Model, real: Real): Promise<void> {
  const left = () => [...model.deliveries.values()].filter(({ pending }) => pending);
  for (let rounds = 0; left().length > 0; rounds++) {
    expect(rounds).toBeLessThan(100);
    while (model.held.length > 0) await new Settle(0, ['ok']).run(model, real);
    await lose(model, real);
    // As the sweep does.
    for (const [n, { on, deleted }] of [...model.webhooks.values()].entries())
      if (!on || deleted) await new Switch(n, deleted ? 'deleted' : 'off').run(model, real);
    for (const step of [new TimePasses(), new TurnsCome(), new Claim(), new TakeTurns(3), new Probe()])
      await step.run(model, real);
  }
  await compare(model, real.agencyId);
  for (const { state, attempts, deliveredIn } of model.deliveries.values()) {
    if (state !== 'delivered') continue;
    const own = [...attempts.values()].filter((text) => text === 'succeeded').length;
    expect(own + (deliveredIn ? 1 : 0)).toBeGreaterThanOrEqual(1);
  }
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
      fc.integer({ min: 1, max: 3 }).map((room) => new TakeTurns(room)),
      fc.integer({ min: 1, max: 3 }).map((room) => new TakeTurns(room)),
      fc.constant(new TurnsCome()),
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
        const { model, real } = await addModel();
        try {
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await finish(model, real);
        } finally {
          await test.sql('delete from webhook_queue where agency_id = $1', [real.agencyId]);
        }
      }),
      { numRuns: LONG ? 400 : 20 },
    );
    for (const move of moves) expect(WAYS).toContain(move);
    // 10 s on a quiet machine: the limit is for what hangs.
  }, 600_000);

  it('takes every transition of the states page', async () => {
    const agencyId = await test.addAgency();
    const model = modelOf([await test.addWebhook(agencyId, 'http://localhost:9/')]);
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

  it('gives the next turn an interval after its answer, not after a late one of before', async () => {
    const { model, real } = await addModel([{ oneByOne: true, groupOver: null, next: 'due', turn: null }]);
    const walk = [
      ...[new Publish(), new TakeTurns(1), new Publish(), new Crash()],
      // The resent one is due after the other, whose request is in flight when the first answer comes.
      ...[new Resend(0), new TakeTurns(1), new Settle(0, ['error']), new TurnsCome(), new TakeTurns(1)],
    ];
    for (const step of walk) await compared(step).run(model, real);
    await finish(model, real);
  });

  it('is checked by a model that a wrong engine would not match', async () => {
    const agencyId = await test.addAgency();
    const model = modelOf([await test.addWebhook(agencyId, 'http://localhost:9/')]);
    await new Publish().run(model, { test, agencyId, queue: test.app.get(DeliveryQueue) });
    await compare(model, agencyId);
    await test.sql(`update webhook_queue set token = $2 where agency_id = $1`, [agencyId, randomUUID()]);
    await test.sql('delete from webhook_queue where agency_id = $1', [agencyId]);
    await expect(compare(model, agencyId)).rejects.toThrow('pending');
  });
});
