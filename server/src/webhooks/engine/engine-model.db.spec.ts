import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { startTestApp, type TestApp } from '../../../test/app.js';
import { AppError } from '../../common/app-error.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { DELIVERY_STATES, type DeliveryState } from '../deliveries/delivery.entity.js';
import { isOwed, NEXT_STATES } from '../deliveries/delivery-states.js';
import type { AttemptRecord } from './attempt-record.js';
import type { ClaimedDelivery } from './claimed-delivery.js';
import { DeliveryQueue } from './delivery-queue.js';
import type { Outcome } from './outcome.js';
import { decide } from './retry-policy.js';

/*
 * The engine against a model of the states page: any order of publish, claim, settle, crash, passing time, pause, probe, off, on, delete, cancel
 * and resend must leave the database as the model says. Nothing is sent: outcomes are made up, and the dispatcher does not run (ROLE=api).
 */

interface ModelDelivery {
  webhookId: string;
  state: DeliveryState;
  /** What is owed, or null. `lease`: the token of the claim that holds it; `lost`: that claim's time ran out. */
  owed: { failures: number; due: boolean; lease: string | null; lost: boolean; attempt: number } | null;
  /** Attempts by number. */
  attempts: Map<number, string>;
}

interface ModelWebhook {
  on: boolean;
  deleted: boolean;
  paused: boolean;
  /** The time of the next probe has come. */
  probeDue: boolean;
}

interface Model {
  webhooks: Map<string, ModelWebhook>;
  deliveries: Map<string, ModelDelivery>;
  /** Claims that some worker believes it holds. */
  held: ClaimedDelivery[];
}

interface Real {
  agencyId: string;
  queue: DeliveryQueue;
}

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ ROLE: 'api' });
});
afterAll(() => test.close());

const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 1 };
const answer = (status: number) => ({ status, headers: {}, body: '', encoding: 'utf-8' as const, truncated: false });
const OUTCOMES: Record<'ok' | 'error' | 'blocked', Outcome> = {
  ok: { kind: 'succeeded', reason: 'ok', answer: answer(200), timing, reconnected: false },
  error: {
    kind: 'failed',
    reason: 'server_error',
    after: 'retry',
    detail: null,
    retryAfter: null,
    answer: answer(500),
    timing,
    reconnected: false,
  },
  blocked: {
    kind: 'failed',
    reason: 'blocked_address',
    after: 'final',
    detail: null,
    retryAfter: null,
    answer: null,
    timing,
    reconnected: false,
  },
};

const claimable = (model: Model, delivery: ModelDelivery) => {
  const webhook = model.webhooks.get(delivery.webhookId)!;
  return (
    delivery.owed !== null &&
    delivery.owed.due &&
    (delivery.owed.lease === null || delivery.owed.lost) &&
    webhook.on &&
    !webhook.deleted
  );
};

/** What the model does when a worker takes a delivery. */
function take(model: Model, claimed: ClaimedDelivery): void {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  expect(claimable(model, delivery)).toBe(true);
  const owed = delivery.owed!;
  if (owed.lost) delivery.attempts.set(owed.attempt, 'interrupted');
  owed.attempt++;
  owed.lease = claimed.token;
  owed.lost = false;
  expect({ attempt: claimed.attempt, failures: claimed.failures }).toEqual({
    attempt: owed.attempt,
    failures: owed.failures,
  });
  model.held.push(claimed);
}

function end(delivery: ModelDelivery, state: DeliveryState): void {
  if (delivery.state !== 'delivered') delivery.state = state;
  delivery.owed = null;
}

type Step = fc.AsyncCommand<Model, Real>;

class Publish implements Step {
  check = () => true;
  async run(model: Model, { agencyId }: Real) {
    const definition = EVENT_DEFINITIONS[0]!;
    const { id } = await test.app
      .get(DomainEvents)
      .publish({ type: definition.type, agencyId, data: exampleData(definition) });
    for (const row of await test.sql<{ id: string; webhook_id: string }>(
      'select id, webhook_id from webhook_deliveries where event_id = $1',
      [id],
    )) {
      const { on, deleted } = model.webhooks.get(row.webhook_id)!;
      expect(deleted).toBe(false);
      const owed = { failures: 0, due: true, lease: null, lost: false, attempt: 0 };
      model.deliveries.set(row.id, {
        webhookId: row.webhook_id,
        state: on ? 'waiting' : 'skipped',
        owed: on ? owed : null,
        attempts: new Map(),
      });
    }
    const told = [...model.webhooks.values()].filter((webhook) => !webhook.deleted).length;
    expect(await test.sql('select 1 from webhook_deliveries where event_id = $1', [id])).toHaveLength(told);
  }
  toString = () => 'publish';
}

class Claim implements Step {
  check = () => true;
  async run(model: Model, { queue }: Real) {
    const room = { free: 5, perWebhook: 3, perAgency: 5, webhooks: new Map(), agencies: new Map() };
    const eligible = [...model.deliveries.values()].filter(
      (delivery) => claimable(model, delivery) && !model.webhooks.get(delivery.webhookId)!.paused,
    );
    const { deliveries } = await queue.claim(room);
    // With room for three of each webhook, it takes that many and no more.
    for (const id of model.webhooks.keys()) {
      const [there, taken] = [
        eligible.filter(({ webhookId }) => webhookId === id).length,
        deliveries.filter(({ webhookId }) => webhookId === id).length,
      ];
      expect(taken).toBeLessThanOrEqual(Math.min(3, there));
      if (there > 0 && eligible.length <= 5) expect(taken).toBeGreaterThan(0);
    }
    for (const claimed of deliveries) take(model, claimed);
  }
  toString = () => 'claim';
}

class Probe implements Step {
  check = () => true;
  async run(model: Model, { queue }: Real) {
    const probes = await queue.claimProbes(10);
    for (const [id, webhook] of model.webhooks) {
      const waiting = [...model.deliveries.values()].some(
        (delivery) => delivery.webhookId === id && claimable(model, delivery),
      );
      const expected = webhook.paused && webhook.probeDue && waiting ? 1 : 0;
      expect(probes.filter(({ webhookId }) => webhookId === id)).toHaveLength(expected);
      if (expected === 1) webhook.probeDue = false;
    }
    for (const claimed of probes) take(model, claimed);
  }
  toString = () => 'probe';
}

/** Settles one or more results in one statement: of different deliveries, or a stale and the current one of the same. */
class Settle implements Step {
  constructor(
    readonly pick: number,
    readonly kinds: (keyof typeof OUTCOMES)[],
  ) {}
  check = (model: Readonly<Model>) => model.held.length > 0;
  async run(model: Model, { queue }: Real) {
    const records = this.kinds.slice(0, model.held.length).map((kind) => {
      const [delivery] = model.held.splice(this.pick % model.held.length, 1) as [ClaimedDelivery];
      const outcome = OUTCOMES[kind];
      const decision = decide(outcome, {
        plan: 'standard',
        failures: delivery.failures,
        nowMs: 0,
        random: 0,
        delayScale: 1,
      });
      return { delivery, startedAtMs: Date.now(), outcome, decision, requestHeaders: '{}' };
    });
    const rows = await queue.settle(records);
    expect(rows.map(({ state }) => state)).toEqual(records.map((record) => settleInModel(model, record)));
  }
  toString = () => `settle #${this.pick} ${this.kinds.join()}`;
}

/** What settle must answer, with the model brought along. */
function settleInModel(model: Model, { delivery: claimed, outcome, decision }: AttemptRecord): string {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  const webhook = model.webhooks.get(claimed.webhookId)!;
  const holds = delivery.owed?.lease === claimed.token;
  delivery.attempts.set(claimed.attempt, holds ? outcome.kind : `${outcome.kind} fenced`);
  if (!holds) return 'fenced';
  if (decision.kind === 'delivered') {
    webhook.paused = false;
    end(delivery, 'delivered');
    return 'delivered';
  }
  if (decision.kind === 'retry' && webhook.on && !webhook.deleted) {
    if (delivery.state !== 'delivered') delivery.state = 'retrying';
    delivery.owed = { failures: claimed.failures + 1, due: false, lease: null, lost: false, attempt: claimed.attempt };
    return 'retrying';
  }
  const state = decision.kind !== 'retry' ? 'failed' : webhook.deleted ? 'cancelled' : 'skipped';
  end(delivery, state);
  return state;
}

class Crash implements Step {
  check = (model: Readonly<Model>) => model.held.length > 0;
  async run(model: Model, { agencyId }: Real) {
    await test.sql(
      `update webhook_queue set lease_until = now() - interval '1 second' where agency_id = $1 and token is not null`,
      [agencyId],
    );
    for (const { owed } of model.deliveries.values()) if (owed?.lease) owed.lost = true;
  }
  toString = () => 'crash';
}

class TimePasses implements Step {
  check = () => true;
  async run(model: Model, { agencyId }: Real) {
    await test.sql('update webhook_queue set due_at = now() where agency_id = $1 and due_at > now()', [agencyId]);
    await test.sql('update webhook_health set paused_until = now() where agency_id = $1 and paused_until > now()', [
      agencyId,
    ]);
    for (const { owed } of model.deliveries.values()) if (owed) owed.due = true;
    for (const webhook of model.webhooks.values()) webhook.probeDue = true;
  }
  toString = () => 'time passes';
}

class Pause implements Step {
  constructor(readonly pick: number) {}
  check = () => true;
  async run(model: Model, { agencyId }: Real) {
    const [id, webhook] = [...model.webhooks][this.pick % model.webhooks.size]!;
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until) values ($1, $2, now(), now() + interval '1 hour')
       on conflict (webhook_id) do update set paused_at = now(), paused_until = now() + interval '1 hour'`,
      [id, agencyId],
    );
    webhook.paused = true;
    webhook.probeDue = false;
  }
  toString = () => `pause #${this.pick}`;
}

class Switch implements Step {
  constructor(
    readonly pick: number,
    readonly to: 'on' | 'off' | 'deleted',
  ) {}
  check = () => true;
  async run(model: Model, { agencyId, queue }: Real) {
    const [id, webhook] = [...model.webhooks][this.pick % model.webhooks.size]!;
    const deletes = this.to === 'deleted';
    if (deletes) await test.sql('update webhooks set deleted_at = now() where id = $1', [id]);
    else
      await test.sql(
        `update webhooks set is_active = $2, off_reason = case when not $2 then 'person' end where id = $1`,
        [id, this.to === 'on'],
      );
    webhook.deleted ||= deletes;
    if (!deletes) webhook.on = this.to === 'on';
    if (this.to === 'on') return;
    const [state, reason] = deletes
      ? (['cancelled', 'webhook_deleted'] as const)
      : (['skipped', 'webhook_off'] as const);
    await test.app
      .get(TenantTransaction)
      .run(agencyId, (manager) => queue.dropOwed(manager, { agencyId, webhookId: id, state, reason }));
    for (const delivery of model.deliveries.values()) {
      if (delivery.webhookId === id && delivery.owed && (delivery.owed.lease === null || delivery.owed.lost))
        end(delivery, state);
    }
  }
  toString = () => `${this.to} #${this.pick}`;
}

const isInFlight = ({ owed }: ModelDelivery) => owed?.lease != null && !owed.lost;

/** Code of the refusal, or null when it was done. */
async function refusalOf(agencyId: string, change: (manager: EntityManager) => Promise<void>): Promise<string | null> {
  try {
    await test.app.get(TenantTransaction).run(agencyId, change);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

class Cancel implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.deliveries.size > 0;
  async run(model: Model, { agencyId, queue }: Real) {
    const [deliveryId, delivery] = [...model.deliveries][this.pick % model.deliveries.size]!;
    const refused = delivery.owed === null ? 'not_owed' : isInFlight(delivery) ? 'delivery_in_flight' : null;
    expect(await refusalOf(agencyId, (manager) => queue.cancel(manager, { agencyId, deliveryId }))).toBe(refused);
    if (refused) return;
    if (delivery.owed!.lost) delivery.attempts.set(delivery.owed!.attempt, 'interrupted');
    end(delivery, 'cancelled');
  }
  toString = () => `cancel #${this.pick}`;
}

class Resend implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.deliveries.size > 0;
  async run(model: Model, { agencyId, queue }: Real) {
    const [deliveryId, delivery] = [...model.deliveries][this.pick % model.deliveries.size]!;
    const webhook = model.webhooks.get(delivery.webhookId)!;
    const refused =
      !webhook.on || webhook.deleted
        ? 'webhook_off'
        : delivery.state === 'cancelled'
          ? 'cancelled'
          : isInFlight(delivery)
            ? 'delivery_in_flight'
            : null;
    expect(await refusalOf(agencyId, (manager) => queue.resend(manager, { agencyId, deliveryId }))).toBe(refused);
    if (refused) return;
    const attempts = Math.max(0, ...delivery.attempts.keys());
    delivery.owed ??= { failures: 0, due: true, lease: null, lost: false, attempt: attempts };
    delivery.owed.due = true;
    if (delivery.state !== 'delivered' && delivery.state !== 'retrying') delivery.state = 'waiting';
    if (webhook.paused) webhook.probeDue = true;
  }
  toString = () => `resend #${this.pick}`;
}

/** The database is as the model says. */
async function compare(model: Model, agencyId: string): Promise<void> {
  const stored = await test.sql<{ id: string; state: DeliveryState; owed: boolean }>(
    'select d.id, d.state, q.delivery_id is not null as owed from webhook_deliveries d left join webhook_queue q on q.delivery_id = d.id where d.agency_id = $1',
    [agencyId],
  );
  const attempts = await test.sql<{ delivery_id: string; n: number; text: string }>(
    `select delivery_id, n, outcome || case when fenced then ' fenced' else '' end as text from webhook_attempts where agency_id = $1 order by n`,
    [agencyId],
  );
  const real = stored.map(({ id, state, owed }) => ({
    id,
    state,
    owed,
    attempts: attempts.filter((attempt) => attempt.delivery_id === id).map(({ n, text }) => `${n} ${text}`),
  }));
  const wanted = [...model.deliveries].map(([id, delivery]) => ({
    id,
    state: delivery.state,
    owed: delivery.owed !== null,
    attempts: [...delivery.attempts].sort(([a], [b]) => a - b).map(([n, text]) => `${n} ${text}`),
  }));
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  expect(real.sort(byId)).toEqual(wanted.sort(byId));
  // Owed is waiting or retrying, but for a delivered one that is being resent.
  for (const { state, owed } of stored) if (state !== 'delivered') expect(owed).toBe(isOwed(state));
}

/** Webhooks that are on and have heard of nothing yet. */
const modelOf = (webhookIds: string[]): Model => ({
  webhooks: new Map(webhookIds.map((id) => [id, { on: true, deleted: false, paused: false, probeDue: false }])),
  deliveries: new Map(),
  held: [],
});

/** Every way from one state to another that the states page allows. */
const WAYS = DELIVERY_STATES.flatMap((from) => NEXT_STATES[from].map((to) => `${from} → ${to}`));

/** Every move that was seen. */
const moves = new Set<string>();

/** A step, and the comparison after it. */
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
  it('keeps to the states page in any order of what can happen', async () => {
    const pick = fc.nat(20);
    const kind = fc.constantFrom(
      'ok' as const,
      'ok' as const,
      'error' as const,
      'error' as const,
      'error' as const,
      'blocked' as const,
    );
    const kinds = fc.array(kind, { minLength: 1, maxLength: 3 });
    const settle = fc.record({ pick, kinds }).map((chosen) => new Settle(chosen.pick, chosen.kinds));
    const steps = [
      fc.constant(new Publish()),
      fc.constant(new Publish()),
      fc.constant(new Claim()),
      fc.constant(new Claim()),
      fc.constant(new Probe()),
      settle,
      settle,
      fc.constant(new Crash()),
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
          await fc.asyncModelRun(() => ({ model, real: { agencyId, queue: test.app.get(DeliveryQueue) } }), commands);
        } finally {
          await test.sql('delete from webhook_queue where agency_id = $1', [agencyId]);
        }
      }),
      { numRuns: 100 },
    );
    for (const move of moves) expect(WAYS).toContain(move);
  }, 120_000);

  it('takes every way of the states page', async () => {
    const agencyId = await test.addAgency();
    const model = modelOf([(await test.addWebhook(agencyId, 'http://localhost:9/')).id]);
    const real = { agencyId, queue: test.app.get(DeliveryQueue) };
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

  it('has a model that a wrong engine would not fit', async () => {
    const agencyId = await test.addAgency();
    const { id } = await test.addWebhook(agencyId, 'http://localhost:9/');
    const model = modelOf([id]);
    await new Publish().run(model, { agencyId, queue: test.app.get(DeliveryQueue) });
    await compare(model, agencyId);
    await test.sql(`update webhook_queue set token = $2 where agency_id = $1`, [agencyId, randomUUID()]);
    await test.sql('delete from webhook_queue where agency_id = $1', [agencyId]);
    await expect(compare(model, agencyId)).rejects.toThrow('owed');
  });
});
