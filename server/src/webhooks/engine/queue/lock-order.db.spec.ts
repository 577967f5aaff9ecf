import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { agencyPerTest, apiPerFile } from '../../../../test/api-app.js';
import { eventually } from '../../../../test/eventually.js';
import { insertDelivery, type InsertedDelivery, type NewDelivery } from '../../../../test/insert-delivery.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { TenantTransaction } from '../../../database/tenant-transaction.js';
import type { Outcome } from '../send/outcome.js';
import type { AttemptRecord } from './attempt-record.js';
import { DeliveryQueue } from './delivery-queue.js';
import { PendingDeliveries } from './pending-deliveries.js';

/* Two that want the same rows wait for each other in one direction only. Each is stopped half-way by a lock. */

// Nothing is sent.
const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);
let webhookId: string;
let queue: DeliveryQueue;

beforeAll(async () => {
  queue = api.app.get(DeliveryQueue);
});
beforeEach(async () => {
  const webhook = { url: 'https://hooks.example.org/in', events: ['*'] };
  webhookId = (await agency.ask('post', '/webhooks', webhook)).body.id as string;
});

const insert = (more: Partial<NewDelivery> = {}) =>
  insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'waiting', ...more });

const timing = { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 5 };
const answer = (status: number) => ({
  status,
  headers: {},
  body: 'text',
  encoding: 'utf-8' as const,
  truncated: false,
});
const OK: Outcome = { kind: 'succeeded', reason: 'ok', answer: answer(200), timing, reconnected: false };

/** The result of a claimed delivery. */
async function resultOf({ id, eventId }: InsertedDelivery): Promise<AttemptRecord> {
  const token = randomUUID();
  await api.sql(
    `update webhook_queue set token = $2, attempt = 1, lease_until = now() + interval '1 minute'
     where delivery_id = $1`,
    [id, token],
  );
  const ids = { deliveryId: id, agencyId: agency.id, webhookId, eventId, token };
  const progress = { attempt: 1, failures: 0, interruptions: 0, logged: false, held: null, turn: null, group: null };
  const delivery = { ...ids, ...progress, version: 1, eventType: 'offer.sent', body: '{}', test: false };
  const times = { startedAtMs: Date.now(), holdMs: null, request: { version: 1, signedAt: 1, signatures: 1 } };
  return { delivery, outcome: OK, decision: { kind: 'delivered' }, ...times };
}

const logged = (record: AttemptRecord): AttemptRecord => ({
  ...record,
  delivery: { ...record.delivery, logged: true },
});

const waiting = () => api.sql('select from pg_locks where not granted');
/** Runs `work` while a transaction holds the rows of `sql`. */
const holding = (sql: string, id: string, work: (manager: EntityManager) => Promise<void>) =>
  api.app.get(ServiceDatabase).transaction(async (manager) => {
    await manager.query(sql, [id]);
    await work(manager);
  });
const LOCK_EVENT = 'select from webhook_events where id = $1 for update';

it('a resend that waits for an erasure lets the result of the delivery through', async () => {
  const delivery = await insert();
  const record = await resultOf(delivery);
  let resend: Promise<unknown> = Promise.resolve();
  await holding(LOCK_EVENT, delivery.eventId, async () => {
    const key = { agencyId: agency.id, deliveryId: delivery.id };
    resend = api.app
      .get(TenantTransaction)
      .run(agency.id, (manager) => api.app.get(PendingDeliveries).resend(manager, key))
      .then(
        () => 'resent',
        (error: Error) => error.message,
      );
    await eventually(async () => expect(await waiting()).not.toHaveLength(0));
    // Waits for nothing.
    expect(await queue.settle([record])).toMatchObject([{ state: 'delivered' }]);
  });
  expect(await resend).toBe('resent');
});

it('a resend of a delivery that is being settled does not wait for it', async () => {
  const delivery = await insert();
  await holding('select from webhook_queue where delivery_id = $1 for update', delivery.id, async () => {
    const { body } = await agency.ask('post', `/deliveries/${delivery.id}/resend`);
    expect(body).toMatchObject({ code: 'delivery_in_flight' });
  });
});

it('a late result does not wait for an erasure, and stores no response', async () => {
  const [late, other] = [await insert(), await insert()];
  const records = [await resultOf(late), await resultOf(other)];
  await api.sql('update webhook_queue set token = $2 where delivery_id = $1', [late.id, randomUUID()]);
  await holding(LOCK_EVENT, late.eventId, async () => {
    expect(await queue.settle(records)).toMatchObject([{ state: 'fenced' }, { state: 'delivered' }]);
  });
  const bodies = await api.sql(
    'select delivery_id as id, response_body as body from all_attempts where webhook_id = $1 order by 1',
    [webhookId],
  );
  expect(bodies).toEqual([
    { id: late.id, body: null },
    { id: other.id, body: 'text' },
  ]);
});

it('a change of the address waits for the health of the webhook before it locks the webhook', async () => {
  await api.sql('insert into webhook_health (webhook_id, agency_id) values ($1, $2)', [webhookId, agency.id]);
  let change: Promise<number> = Promise.resolve(0);
  await holding('select from webhook_health where webhook_id = $1 for update', webhookId, async (manager) => {
    change = agency
      .ask('patch', `/webhooks/${webhookId}`, { url: 'https://hooks.example.org/other' })
      .then(({ status }) => status);
    await eventually(async () => expect(await waiting()).not.toHaveLength(0));
    // As settle does after a 410.
    await manager.query('select from webhooks where id = $1 for no key update nowait', [webhookId]);
  });
  expect(await change).toBe(200);
});

describe('settle', () => {
  const free = (manager: EntityManager, table: string, column: string, id: string) =>
    manager.query(`select from ${table} where ${column} = $1 for update nowait`, [id]);

  it('locks the health of a webhook before its deliveries', async () => {
    const deliveries = [await insert({ state: 'retrying' }), await insert({ state: 'retrying' })];
    const records = await Promise.all(deliveries.map(async (one) => logged(await resultOf(one))));
    await api.sql('insert into webhook_health (webhook_id, agency_id) values ($1, $2)', [webhookId, agency.id]);
    let settled: Promise<unknown> = Promise.resolve();
    await holding('select from webhook_health where webhook_id = $1 for update', webhookId, async (manager) => {
      settled = queue.settle(records);
      await eventually(async () => expect(await waiting()).not.toHaveLength(0));
      for (const { id } of deliveries) await free(manager, 'webhook_deliveries', 'id', id);
    });
    expect(await settled).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
  });

  it('locks queue rows by id', async () => {
    let settled: Promise<unknown> = Promise.resolve();
    const more = [await insert({ state: 'retrying' }), await insert({ state: 'retrying' })];
    const [first, second] = more.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const others = await Promise.all([second!, first!].map(async (one) => logged(await resultOf(one))));
    await holding('select from webhook_queue where delivery_id = $1 for update', first!.id, async (manager) => {
      settled = queue.settle(others);
      await eventually(async () => expect(await waiting()).not.toHaveLength(0));
      await free(manager, 'webhook_queue', 'delivery_id', second!.id);
    });
    await settled;
  });
});

it('the end of a listener waits for the health of the webhook before it locks the webhook', async () => {
  const { body } = await agency.ask('post', '/listeners', { url: 'http://localhost:3000/' });
  let end: Promise<{ status: number }> | undefined;
  await holding('select from webhook_health where webhook_id = $1 for update', body.id, async (manager) => {
    end = agency.ask('delete', `/listeners/${body.id}`);
    void end.catch(() => undefined);
    await eventually(async () => expect(await waiting()).not.toHaveLength(0));
    await manager.query('select from webhooks where id = $1 for update nowait', [body.id]);
  });
  expect((await end!).status).toBe(204);
});
