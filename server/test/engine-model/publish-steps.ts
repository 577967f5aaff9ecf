import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from '../../src/events/catalogue/catalogue.js';
import { DomainEvents } from '../../src/events/domain-events.js';
import { parseDomainEvent } from '../../src/events/publishable-event.js';
import {
  claimedDelivery,
  planOf,
  PUBLISH_BATCH_SQL,
  publishParameters,
} from '../../src/webhooks/engine/queue/publish-plan.js';
import { allSlots } from '../all-slots.js';
import { readRoutes } from '../../src/webhooks/engine/routes.js';
import { isClosed, newlyPending, take, type Model } from './model.js';
import type { Real, Step } from './steps.js';

/* Steps that store an event, as publishers do. */

export class Publish implements Step {
  check = () => true;
  async run(model: Model, { test, agencyId }: Real) {
    const { applicationId, ...event } = exampleEvent(agencyId);
    const { id } = await test.app.get(DomainEvents).publish(event);
    const rows = await test.sql<{ id: string; webhook_id: string }>(
      'select id, webhook_id from all_deliveries where event_id = $1',
      [id],
    );
    publishInModel(model, { id, applicationId }, rows);
  }
  toString = () => 'publish';
}

/** Publishes and claims at intake, up to the free slots. */
export class PublishAndTake implements Step {
  constructor(readonly free: number) {}
  check = () => true;
  async run(model: Model, { test, agencyId }: Real) {
    const { applicationId, ...raw } = exampleEvent(agencyId);
    const event = parseDomainEvent(raw, Date.now()).event!;
    const lease = { token: randomUUID(), leaseMs: 60_000 };
    const slots = { ...allSlots({ total: 20, perWebhook: 3, perAgency: 20 }), free: this.free };
    const routes = await readRoutes((_, text, values) => test.sql(text, values), [agencyId]);
    const plan = planOf([event], routes, slots);
    const options = { allOrNone: true, compared: true };
    expect(await test.sql(PUBLISH_BATCH_SQL, publishParameters(plan, lease, options))).toEqual([
      { moved: null, used: null },
    ]);
    publishInModel(
      model,
      { id: event.id, applicationId },
      [...plan.pending, ...plan.skipped].map(({ id, route }) => ({ id, webhook_id: route.webhookId })),
    );
    const sendable = [...model.webhooks.values()].filter(
      (webhook) => webhook.on && !webhook.deleted && !isClosed(webhook) && !webhook.flow,
    );
    const taken = plan.pending.filter(({ claimed }) => claimed);
    expect(plan.pending.filter(({ route }) => !route.closed && !route.paced)).toHaveLength(sendable.length);
    expect(taken).toHaveLength(Math.min(sendable.length, this.free));
    for (const delivery of taken) take(model, claimedDelivery(delivery, lease.token));
  }
  toString = () => `publish and take ${this.free}`;
}

function exampleEvent(agencyId: string) {
  const definition = EVENT_DEFINITIONS[0]!;
  const applicationId = randomUUID();
  return { type: definition.type, agencyId, data: { ...exampleData(definition), applicationId }, applicationId };
}

function publishInModel(
  model: Model,
  { id, applicationId }: { id: string; applicationId: string },
  rows: readonly { id: string; webhook_id: string }[],
): void {
  model.events.set(id, { applicationId, erased: false });
  for (const row of rows) {
    const { on, deleted } = model.webhooks.get(row.webhook_id)!;
    expect(deleted).toBe(false);
    model.deliveries.set(row.id, {
      webhookId: row.webhook_id,
      eventId: id,
      state: on ? 'waiting' : 'skipped',
      reason: on ? null : 'webhook_off',
      pending: on ? newlyPending(0) : null,
      attempts: new Map(),
      last: 0,
      logged: !on,
      finished: !on,
      finishedAt: null,
      deliveredIn: null,
    });
  }
  expect(rows).toHaveLength([...model.webhooks.values()].filter((webhook) => !webhook.deleted).length);
}
