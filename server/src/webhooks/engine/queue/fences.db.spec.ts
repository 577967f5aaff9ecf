import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { testAppPerFile } from '../../../../test/app.js';
import { engineOf } from '../../../../test/engine.js';
import { eventually } from '../../../../test/eventually.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { TenantTransaction } from '../../../database/tenant-transaction.js';
import { DomainEvents } from '../../../events/domain-events.js';
import { EventIntake } from '../../../events/event-intake.js';
import { parseDomainEvent, type PublishableEvent } from '../../../events/publishable-event.js';
import { uuidv7 } from '../../../lib/ids.js';
import { allSlots } from '../../../../test/all-slots.js';
import { Routes } from '../routes.js';
import type { AttemptRecord } from './attempt-record.js';
import type { ClaimedDelivery } from './claimed-delivery.js';
import { DeliveryQueue } from './delivery-queue.js';
import { PendingDeliveries } from './pending-deliveries.js';
import { deliveryId, planOf, PUBLISH_BATCH_SQL, publishParameters, type PublishedRow } from './publish-plan.js';
import { SETTLE_DELIVERED_SQL, settleDeliveredParameters } from './settle-sql.js';

/*
 * What the fast statements of intake and settle must refuse, also in the middle of a race. Another process is a second
 * connection with an open transaction.
 */

// Nothing is sent.
const test = testAppPerFile({ ROLE: 'api' });
let queue: DeliveryQueue;
let agencyId: string;
let webhookId: string;

beforeAll(async () => {
  queue = test.app.get(DeliveryQueue);
});
beforeEach(async () => {
  await test.sql('delete from webhook_queue');
  agencyId = await test.addAgency();
  webhookId = (await test.addWebhook(agencyId, 'http://localhost:9/')).id;
});

const { event } = engineOf(() => ({ test, agencyId }));
const publish = (id?: string) => test.app.get(DomainEvents).publish(event(id === undefined ? {} : { id }));
const slots = allSlots({ total: 20, perWebhook: 20, perAgency: 20 });

/** Publishes and claims `count` deliveries. */
async function claimed(count: number): Promise<ClaimedDelivery[]> {
  for (let n = 0; n < count; n++) await publish();
  const { deliveries } = await queue.claim(slots);
  expect(deliveries).toHaveLength(count);
  return deliveries.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
}

const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 2 };
const answer = { status: 200, headers: { a: 'b' }, body: 'secret', encoding: 'utf-8' as const, truncated: false };
const delivered = (delivery: ClaimedDelivery): AttemptRecord => ({
  delivery,
  startedAtMs: Date.now(),
  outcome: { kind: 'succeeded', reason: 'ok', answer, timing, reconnected: false },
  decision: { kind: 'delivered' },
  holdMs: null,
  request: { version: 1, signedAt: 1, signatures: 1 },
});
const settle = async (...records: AttemptRecord[]) => (await queue.settle(records)).map(({ state }) => state);
const states = () =>
  test.sql<{ id: string; state: string; attempts: number }>(
    'select id, state, attempts from all_deliveries where agency_id = $1 order by id',
    [agencyId],
  );
const hours = () => test.sql('select delivered from webhook_hours where webhook_id = $1', [webhookId]);

/** Runs `during` in another transaction, begins `work`, and commits once `work` waits for that. */
async function racing<T>(during: (sql: pg.PoolClient) => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const other = await test.app.get(ServiceDatabase).pool.connect();
  try {
    await other.query('begin');
    await during(other);
    const result = work();
    await eventually(async () => {
      const waiting = await test.sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    });
    await other.query('commit');
    return await result;
  } finally {
    await other.query('rollback');
    other.release();
  }
}

it('the id of a delivery is the same in Node and in SQL', async () => {
  for (let n = 0; n < 50; n++) {
    const pair = [uuidv7(), randomUUID()] as const;
    const [row] = await test.sql<{ id: string }>('select delivery_id($1, $2) as id', [...pair]);
    expect(deliveryId(...pair)).toBe(row!.id);
  }
});

describe('a result', () => {
  it('is stored once, however often it is settled', async () => {
    const [one, two] = (await claimed(2)).map(delivered) as [AttemptRecord, AttemptRecord];
    expect(await settle(one)).toEqual(['delivered']);
    expect(await settle(one, two)).toEqual(['fenced', 'delivered']);
    expect((await states()).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'delivered 1',
      'delivered 1',
    ]);
    expect(await hours()).toEqual([{ delivered: 2 }]);
  });

  it('with a stale token changes nothing, and its neighbours are stored', async () => {
    const [one, two] = (await claimed(2)) as [ClaimedDelivery, ClaimedDelivery];
    expect(await settle(delivered(one), delivered({ ...two, token: randomUUID() }))).toEqual(['delivered', 'fenced']);
    expect((await states()).map(({ state }) => state)).toEqual(['delivered', 'waiting']);
    expect(await hours()).toEqual([{ delivered: 1 }]);
  });

  it('of a delivery that another process takes over while it is being stored is fenced', async () => {
    const [one] = (await claimed(1)) as [ClaimedDelivery];
    const takeOver = (sql: pg.PoolClient) =>
      sql.query('update webhook_queue set token = $2, attempt = 2 where delivery_id = $1', [
        one.deliveryId,
        randomUUID(),
      ]);
    expect(await racing(takeOver, () => settle(delivered(one)))).toEqual(['fenced']);
    expect((await states()).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['waiting 1']);
  });

  it('is fenced also if the one who takes over holds the token of its neighbour', async () => {
    const [one, two] = (await claimed(2)) as [ClaimedDelivery, ClaimedDelivery];
    const token = randomUUID();
    await test.sql('update webhook_queue set token = $2 where delivery_id = $1', [two.deliveryId, token]);
    const takeOver = (sql: pg.PoolClient) =>
      sql.query('update webhook_queue set token = $2, attempt = 2 where delivery_id = $1', [one.deliveryId, token]);
    const result = racing(takeOver, () => settle(delivered(one), delivered({ ...two, token })));
    expect(await result).toEqual(['fenced', 'delivered']);
    expect((await states()).map(({ state }) => state)).toEqual(['waiting', 'delivered']);
  });

  it('is stored without the response if the message is erased while it is being stored', async () => {
    const [one, two] = (await claimed(2)) as [ClaimedDelivery, ClaimedDelivery];
    const erase = (sql: pg.PoolClient) =>
      sql.query('update webhook_queue set erased = true where delivery_id = $1', [one.deliveryId]);
    expect(await racing(erase, () => settle(delivered(one), delivered(two)))).toEqual(['delivered', 'delivered']);
    const kept = await test.sql('select response_body from all_attempts where agency_id = $1 order by delivery_id', [
      agencyId,
    ]);
    expect(kept).toEqual([{ response_body: null }, { response_body: 'secret' }]);
  });

  it('of another agency cannot be stored by a tenant', async () => {
    const [one] = (await claimed(1)) as [ClaimedDelivery];
    const values = settleDeliveredParameters([delivered(one)], Date.now());
    const foreign = test.app
      .get(TenantTransaction)
      .run(await test.addAgency(), (manager) => manager.query(SETTLE_DELIVERED_SQL, values));
    await expect(foreign).rejects.toThrow('not held');
    expect((await states()).map(({ state }) => state)).toEqual(['waiting']);
  });

  it('that switches its webhook off is in the audit log by the same statement', async () => {
    const [one, two] = (await claimed(2)) as [ClaimedDelivery, ClaimedDelivery];
    const gone = (delivery: ClaimedDelivery): AttemptRecord => ({
      ...delivered(delivery),
      outcome: {
        kind: 'failed',
        reason: 'gone',
        after: 'switch_off',
        detail: null,
        retryAfter: null,
        answer: { ...answer, status: 410 },
        timing,
        reconnected: false,
      },
      decision: { kind: 'switch_off' },
    });
    expect(await settle(gone(one), gone(two))).toEqual(['failed', 'failed']);
    expect(
      await test.sql(
        `select w.is_active, a.actor_kind, a.details from webhooks w join audit_log a on a.target_id = w.id::text
         where w.id = $1 and a.xmin = w.xmin`,
        [webhookId],
      ),
    ).toEqual([{ is_active: false, actor_kind: 'system', details: { off_reason: 'gone' } }]);
  });
});

describe('a resend', () => {
  const resend = (deliveryId: string) =>
    test.app
      .get(TenantTransaction)
      .run(agencyId, (manager) => test.app.get(PendingDeliveries).resend(manager, { agencyId, deliveryId }));

  it('does not wait for a row of the queue that is being settled, so the two cannot block each other', async () => {
    const [one] = (await claimed(1)) as [ClaimedDelivery];
    await settle(delivered(one));
    await resend(one.deliveryId);
    const sql = await test.app.get(ServiceDatabase).pool.connect();
    try {
      await sql.query('begin');
      await sql.query('select from webhook_queue where delivery_id = $1 for update', [one.deliveryId]);
      await expect(resend(one.deliveryId)).rejects.toMatchObject({ code: 'delivery_in_flight' });
    } finally {
      await sql.query('rollback');
      sql.release();
    }
  });

  it('keeps the first attempt of what was delivered at once, and adds to it', async () => {
    const [one] = (await claimed(1)) as [ClaimedDelivery];
    const attempts = () =>
      test.sql('select * from all_attempts where agency_id = $1 and delivery_id = $2 order by n', [
        agencyId,
        one.deliveryId,
      ]);
    await settle(delivered(one));
    const [first] = await attempts();
    await resend(one.deliveryId);
    expect(await attempts()).toEqual([first]);
    const { deliveries } = await queue.claim(slots);
    expect(deliveries).toMatchObject([{ attempt: 2, logged: true }]);
    expect(await settle(...deliveries.map(delivered))).toEqual(['delivered']);
    expect(await attempts()).toMatchObject([first, { n: 2, outcome: 'succeeded' }]);
  });
});

describe('an event', () => {
  const MIDNIGHT = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const parsed = (id: string, nowMs: number): PublishableEvent =>
    parseDomainEvent(event({ id, occurredAt: new Date(MIDNIGHT).toISOString() }), nowMs).event!;
  const parameters = async (events: PublishableEvent[]) => {
    const plan = planOf(events, await test.app.get(Routes).of(new Set([agencyId])), slots);
    return publishParameters(plan, { token: randomUUID(), leaseMs: 60_000 }, { allOrNone: false, compared: true });
  };
  const stored = async () =>
    (await test.sql<{ id: string }>('select id from webhook_events where agency_id = $1', [agencyId])).map(
      ({ id }) => id,
    );

  it('with one key on both sides of midnight, at two processes, is stored once', async () => {
    const [before, after] = [parsed('key', MIDNIGHT - 1), parsed('key', MIDNIGHT)];
    const first = await parameters([before]);
    const accepted = await racing(
      (sql) => sql.query(PUBLISH_BATCH_SQL, first),
      () => test.app.get(EventIntake).accept(after),
    );
    expect(accepted).toEqual({ id: before.id, deliveries: 1, skipped: 0 });
    expect(await stored()).toEqual([before.id]);
  });

  it('whose key was used is left out, and its neighbours are stored', async () => {
    const { id } = await publish('used');
    const accepted = await Promise.all([publish('used'), publish('new'), publish('other')]);
    expect(accepted[0].id).toBe(id);
    expect((await stored()).toSorted()).toEqual([...new Set(accepted.map((one) => one.id))].toSorted());
    expect(await states()).toHaveLength(3);
  });

  it('of an agency whose webhooks have changed is not stored by what another process knew', async () => {
    const values = await parameters([parsed('old', Date.now())]);
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [webhookId]);
    const { pool } = test.app.get(ServiceDatabase);
    const { rows } = await pool.query<PublishedRow>(PUBLISH_BATCH_SQL, values);
    expect(rows).toEqual([{ moved: [agencyId], used: null }]);
    expect(await stored()).toEqual([]);
    expect(await publish()).toMatchObject({ deliveries: 0, skipped: 1 });
    const added = await test.addWebhook(agencyId, 'http://localhost:9/2');
    expect(await publish()).toMatchObject({ deliveries: 1, skipped: 1 });
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
       values ($1, $2, now(), now() + interval '1 hour')`,
      [added.id, agencyId],
    );
    const paused = (await test.app.get(Routes).of(new Set([agencyId]))).get(agencyId)!.version;
    const [row] = await test.sql('select version > $2 as raised from agency_routes where agency_id = $1', [
      agencyId,
      paused,
    ]);
    expect(row).toEqual({ raised: true });
  });

  it('is stored although the webhooks of its agency keep changing', async () => {
    const published = { all: false };
    const flapping = (async () => {
      while (!published.all) await test.sql('update webhooks set version = version + 1 where id = $1', [webhookId]);
    })();
    const accepted = await Promise.all(Array.from({ length: 20 }, () => publish()));
    published.all = true;
    await flapping;
    expect(accepted.every(({ deliveries }) => deliveries === 1)).toBe(true);
    expect(await states()).toHaveLength(20);
  });

  it('in a caller’s transaction that sees an older state is stored once or refused', async () => {
    const source = test.app.get<DataSource>(getDataSourceToken());
    const events = test.app.get(DomainEvents);
    const refused = source.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('select from agencies');
      await publish('key');
      await events.publish(event({ id: 'key' }), { manager });
    });
    await expect(refused).rejects.toMatchObject({ code: '40001' });
    expect(await stored()).toHaveLength(1);
    await source.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('select from agencies');
      await test.sql('update webhooks set version = version + 1 where id = $1', [webhookId]);
      expect(await events.publish(event(), { manager })).toMatchObject({ deliveries: 1 });
    });
    expect(await stored()).toHaveLength(2);
  });

  it('in a caller’s transaction follows what that transaction has changed', async () => {
    await test.app.get(TenantTransaction).run(agencyId, async (manager) => {
      await manager.query(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [webhookId]);
      expect(await test.app.get(DomainEvents).publish(event(), { manager })).toMatchObject({ skipped: 1 });
    });
    expect(await states()).toMatchObject([{ state: 'skipped' }]);
  });

  it('of another agency cannot be stored by a tenant', async () => {
    const values = await parameters([parsed('foreign', Date.now())]);
    const foreign = test.app
      .get(TenantTransaction)
      .run(await test.addAgency(), (manager) => manager.query<PublishedRow[]>(PUBLISH_BATCH_SQL, values));
    // It cannot even see which routes are current.
    expect(await foreign).toEqual([{ moved: [agencyId], used: null }]);
    expect(await stored()).toEqual([]);
  });
});
