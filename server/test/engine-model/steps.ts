import { expect } from '@jest/globals';
import type fc from 'fast-check';
import type { ClaimedDelivery } from '../../src/webhooks/engine/queue/claimed-delivery.js';
import type { DeliveryQueue } from '../../src/webhooks/engine/queue/delivery-queue.js';
import { allSlots } from '../all-slots.js';
import { decide, holdMs } from '../../src/webhooks/engine/send/retry-policy.js';
import { MAX_INTERRUPTIONS } from '../../src/webhooks/model/retry-plans.js';
import type { TestApp } from '../app.js';
import {
  claimable,
  end,
  endTurnInModel,
  holdInModel,
  holds,
  isClosed,
  isErased,
  isExhausted,
  isInFlight,
  membersOf,
  OUTCOMES,
  probeIsDue,
  recordLost,
  settleInModel,
  take,
  type Flow,
  type Model,
  type ModelDelivery,
} from './model.js';

/* Steps: each applies an event to the engine and to the model, and expects the same result. */

export interface Real {
  test: TestApp;
  agencyId: string;
  queue: DeliveryQueue;
}

/**
 * Claims end what was interrupted for the tenth time, and what was erased. Updates the model; returns the ended ones.
 */
async function endedByClaim(model: Model, { test, agencyId }: Real): Promise<ModelDelivery[]> {
  const rows = await test.sql<{ delivery_id: string }>('select delivery_id from webhook_queue where agency_id = $1', [
    agencyId,
  ]);
  const there = new Set(rows.map((row) => row.delivery_id));
  const gone = [...model.deliveries].filter(
    ([id, delivery]) => delivery.pending && !isInFlight(delivery) && !there.has(id),
  );
  return gone.map(([, delivery]) => {
    const exhausted = isExhausted(delivery);
    expect(exhausted || isErased(model, delivery)).toBe(true);
    recordLost(delivery);
    if (exhausted) end(delivery, 'failed', 'interrupted');
    else end(delivery, 'cancelled', 'erased');
    return delivery;
  });
}

export type Step = fc.AsyncCommand<Model, Real>;

export class Claim implements Step {
  check = () => true;
  async run(model: Model, real: Real) {
    const { queue } = real;
    const slots = allSlots({ total: 20, perWebhook: 3, perAgency: 20 });
    const eligible = [...model.deliveries.values()].filter((delivery) => {
      const webhook = model.webhooks.get(delivery.webhookId)!;
      return claimable(model, delivery) && !isClosed(webhook) && !webhook.flow;
    });
    const { deliveries, more } = await queue.claim(slots);
    const ended = await endedByClaim(model, real);
    // With three slots per webhook it takes exactly that many.
    for (const id of model.webhooks.keys()) {
      const of = (all: readonly { webhookId: string }[]) => all.filter(({ webhookId }) => webhookId === id).length;
      const taken = of(deliveries) + of(ended);
      expect(taken).toBe(Math.min(3, of(eligible)));
      // Three of three may be all or not.
      if (taken !== 3 || of(eligible) > 3) expect(of(more)).toBe(of(eligible) > taken ? 1 : 0);
    }
    for (const claimed of deliveries) take(model, claimed);
  }
  toString = () => 'claim';
}

/** A webhook with a pace sends one request, or group, in a turn, if its agency has free slots. */
export class TakeTurns implements Step {
  constructor(readonly room: number) {}
  check = () => true;
  async run(model: Model, real: Real) {
    const slots = allSlots({ total: 20, perWebhook: 3, perAgency: this.room });
    const waiting = [...model.deliveries.values()].filter((delivery) => claimable(model, delivery));
    const of = <T extends { webhookId: string }>(id: string, all: readonly T[]) =>
      all.filter(({ webhookId }) => webhookId === id);
    const ready = [...model.webhooks].filter(
      ([id, webhook]) => webhook.flow?.next === 'due' && !isClosed(webhook) && of(id, waiting).length > 0,
    );
    const planned = new Map(ready.map(([id, { flow }]) => [id, requestsOf(model, id, flow!)]));
    const exhausted = new Set(waiting.filter(isExhausted));
    const { deliveries, blocked } = await real.queue.takeTurns(slots, null, 20);
    const ended = await endedByClaim(model, real);
    const served = ready.filter(([id]) => of(id, deliveries).length + of(id, ended).length > 0);
    expect(served).toHaveLength(Math.min(this.room, ready.length));
    const others = ready.filter((one) => !served.includes(one)).map(([id]) => id);
    expect(blocked.map(({ webhookId }) => webhookId).toSorted()).toEqual(others.toSorted());
    expect(deliveries).toHaveLength(served.filter(([id]) => of(id, deliveries).length > 0).length);
    for (const [id, { flow }] of served) {
      const [claimed] = of(id, deliveries);
      if (claimed) {
        expect(claimed.turn !== null).toBe(flow!.oneByOne);
        const all = [...model.deliveries].filter(([, delivery]) => of(id, ended).includes(delivery));
        const carried = [...membersOf(claimed).map(({ deliveryId }) => deliveryId), ...all.map(([one]) => one)];
        expect(planned.get(id)).toContainEqual({ grouped: claimed.group !== null, ids: carried.toSorted() });
        take(model, claimed);
      }
      // What ended because it was lost too often leaves its turn.
      if (claimed || of(id, ended).some((delivery) => !exhausted.has(delivery)))
        Object.assign(flow!, { next: flow!.oneByOne ? 'lease' : 'interval', turn: claimed?.turn ?? null });
    }
  }
  toString = () => `take turns in ${this.room}`;
}

/**
 * What may go in the turn of a webhook: all that are left of a group that failed or was lost; else what waits for its
 * first attempt, if that is enough for a group; else one.
 */
function requestsOf(model: Model, webhookId: string, { groupOver }: Flow): { grouped: boolean; ids: string[] }[] {
  const pending = [...model.deliveries].filter(([, one]) => one.webhookId === webhookId && one.pending);
  const waiting = pending.filter(([, delivery]) => claimable(model, delivery));
  const ids = (all: typeof pending) => all.map(([id]) => id).toSorted();
  const groups = new Set(waiting.flatMap(([, one]) => one.pending!.group ?? []));
  if (groups.size > 0)
    return [...groups].map((group) => ({
      grouped: true,
      ids: ids(pending.filter(([, one]) => one.pending!.group === group)),
    }));
  const fresh = waiting.filter(([, one]) => one.pending!.failures === 0 && one.pending!.lease === null);
  if (groupOver !== null && fresh.length > groupOver) return [{ grouped: true, ids: ids(fresh) }];
  return waiting.map((one) => ({ grouped: false, ids: ids([one]) }));
}

/** One request to each webhook whose probe is due; with a pace, in its turn. */
export class Probe implements Step {
  check = () => true;
  async run(model: Model, real: Real) {
    const { queue } = real;
    const waiting = [...model.deliveries.values()].filter((delivery) => claimable(model, delivery));
    const probes = await queue.claimProbes(10);
    const exhausted = new Set(waiting.filter(isExhausted));
    const ended = await endedByClaim(model, real);
    for (const [id, webhook] of model.webhooks) {
      const of = <T extends { webhookId: string }>(all: readonly T[]) =>
        all.filter(({ webhookId }) => webhookId === id);
      const { flow } = webhook;
      const expected = probeIsDue(webhook) && of(waiting).length > 0 && (flow?.next ?? 'due') === 'due';
      expect(of(probes).length).toBeLessThanOrEqual(expected ? 1 : 0);
      expect(of(probes).length + of(ended).length > 0).toBe(expected);
      if (!expected) continue;
      // One that ends without being sent leaves its turn to the next.
      const due = of(probes).length === 0 && of(ended).every((delivery) => exhausted.has(delivery));
      Object.assign(webhook, { pauseDue: due, holdDue: due });
      if (flow && !due) Object.assign(flow, { next: 'lease', turn: of(probes)[0]?.turn ?? null });
    }
    for (const claimed of probes) take(model, claimed);
  }
  toString = () => 'probe';
}

/** Settles results in one statement: of different deliveries, or a stale and the current one of the same. */
export class Settle implements Step {
  constructor(
    readonly pick: number,
    readonly kinds: (keyof typeof OUTCOMES)[],
  ) {}
  check = (model: Readonly<Model>) => model.held.length > 0;
  async run(model: Model, { queue }: Real) {
    const records = this.kinds.slice(0, model.held.length).map((kind) => {
      const [delivery] = model.held.splice(this.pick % model.held.length, 1) as [ClaimedDelivery];
      const outcome = OUTCOMES[kind];
      const { failures, interruptions, held } = delivery;
      const situation = {
        plan: 'standard' as const,
        failures,
        interruptions,
        held,
        nowMs: 0,
        random: 0,
        delayScale: 1,
      };
      const decision = decide(outcome, situation);
      const hold = holdMs(outcome, situation);
      return {
        delivery,
        startedAtMs: Date.now(),
        outcome,
        decision,
        holdMs: hold,
        request: { version: 1, signedAt: 1, signatures: 1 },
      };
    });
    // A 410 switches off in the same statement, so the other results of the batch see the webhook as it was.
    const valid = records
      .flatMap((record) => membersOf(record.delivery).map((delivery) => ({ ...record, delivery })))
      .filter(({ delivery }) => holds(model, delivery));
    const off = valid.filter(({ decision }) => decision.kind === 'switch_off');
    const rows = await queue.settle(records);
    const turns = records.filter(({ delivery }, index) => rows[index]!.state !== 'fenced' && delivery.turn);
    await queue.endTurns(turns.map(({ delivery }) => delivery));
    for (const { delivery } of turns) endTurnInModel(model, delivery);
    for (const [id, webhook] of model.webhooks)
      holdInModel(
        webhook,
        valid.filter(({ delivery }) => delivery.webhookId === id),
      );
    expect(rows.map(({ state }) => state)).toEqual(records.map((record) => settleInModel(model, record)));
    for (const [index, { delivery }] of records.entries()) {
      const { on, deleted } = model.webhooks.get(delivery.webhookId)!;
      const switched = off.some((record) => record.delivery.webhookId === delivery.webhookId) && on && !deleted;
      if (rows[index]!.state !== 'fenced') expect(rows[index]!.switched_off).toBe(switched);
    }
    for (const { delivery } of off) {
      const webhook = model.webhooks.get(delivery.webhookId)!;
      if (!webhook.deleted) webhook.on = false;
    }
  }
  toString = () => `settle #${this.pick} ${this.kinds.join()}`;
}

/** A worker releases what it did not start to send. */
export class Release implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.held.length > 0;
  async run(model: Model, { queue }: Real) {
    const [claimed] = model.held.splice(this.pick % model.held.length, 1) as [ClaimedDelivery];
    await queue.release([claimed]);
    for (const member of membersOf(claimed).filter((one) => holds(model, one))) {
      const pending = model.deliveries.get(member.deliveryId)!.pending!;
      Object.assign(pending, { lease: null, lost: false, attempt: pending.attempt - 1 });
    }
  }
  toString = () => `release #${this.pick}`;
}

/** Expires every lease, and with it the turn of its webhook; the next poll has seen it. */
export async function lose(model: Model, { test, queue, agencyId }: Real, interruptions?: number): Promise<void> {
  await test.sql(
    `update webhook_queue set lease_until = now() - interval '1 second', interruptions = coalesce($2, interruptions)
     where agency_id = $1 and token is not null`,
    [agencyId, interruptions ?? null],
  );
  await test.sql(
    `update webhook_flow set next_at = now() where agency_id = $1 and next_at < now() + interval '1 minute'`,
    [agencyId],
  );
  await queue.requeueLost();
  for (const { flow } of model.webhooks.values())
    if (flow?.next === 'lease') Object.assign(flow, { next: 'due', turn: null });
  for (const { pending } of model.deliveries.values()) {
    if (!pending?.lease) continue;
    pending.lost = true;
    pending.interruptions = interruptions ?? pending.interruptions;
  }
}

/** With `tenth` it has happened nine times before. */
export class Crash implements Step {
  constructor(readonly tenth = false) {}
  check = (model: Readonly<Model>) => model.held.length > 0;
  run = (model: Model, real: Real) => lose(model, real, this.tenth ? MAX_INTERRUPTIONS - 1 : undefined);
  toString = () => (this.tenth ? 'tenth crash' : 'crash');
}

/** The intervals of webhooks with a pace pass. */
export class TurnsCome implements Step {
  check = () => true;
  async run(model: Model, { test, agencyId }: Real) {
    await test.sql(
      `update webhook_flow set next_at = now() where agency_id = $1 and next_at > now() + interval '1 minute'`,
      [agencyId],
    );
    for (const { flow } of model.webhooks.values()) if (flow?.next === 'interval') flow.next = 'due';
  }
  toString = () => 'turns come';
}

export class TimePasses implements Step {
  check = () => true;
  async run(model: Model, { test, agencyId }: Real) {
    await test.sql('update webhook_queue set due_at = now() where agency_id = $1 and due_at > now()', [agencyId]);
    await test.sql(
      `update webhook_health set paused_until = case when paused_until is not null then least(paused_until, now()) end,
         held_until = case when held_until is not null then least(held_until, now()) end where agency_id = $1`,
      [agencyId],
    );
    for (const { pending } of model.deliveries.values()) if (pending) pending.due = true;
    for (const webhook of model.webhooks.values()) Object.assign(webhook, { pauseDue: true, holdDue: true });
  }
  toString = () => 'time passes';
}
