import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testAppPerFile } from '../../../../test/app.js';
import { eventually } from '../../../../test/eventually.js';
import { DataSource } from 'typeorm';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DeliveryQueue } from './delivery-queue.js';
import { DROP_BATCH, PendingDeliveries } from './pending-deliveries.js';
import { allSlots } from '../../../../test/all-slots.js';
import { PendingDrops } from './pending-drops.js';
import { RetryScheduler } from '../retry.scheduler.js';

/*
 * Pending deliveries of a webhook that was switched off end in batches, after the switch, and never those of one that
 * is on.
 */

// Nothing is sent.
const test = testAppPerFile({ ROLE: 'api' });
let agencyId: string;
let webhookId: string;
let pendingDeliveries: PendingDeliveries;

beforeAll(async () => {
  pendingDeliveries = test.app.get(PendingDeliveries);
});
beforeEach(async () => {
  agencyId = await test.addAgency();
  webhookId = (await test.addWebhook(agencyId, 'http://localhost:9/')).id;
});

const enqueue = (count: number) =>
  test.sql(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type)
     select gen_random_uuid(), $1, $2, gen_random_uuid(), 'offer.sent' from generate_series(1, $3::int)`,
    [agencyId, webhookId, count],
  );
const states = () =>
  test.sql(
    `select state, last_reason as reason, count(*)::int as count
     from all_deliveries where webhook_id = $1 group by 1, 2 order by 1`,
    [webhookId],
  );
const pending = async () =>
  (
    await test.sql<{ count: number }>('select count(*)::int as count from webhook_queue where webhook_id = $1', [
      webhookId,
    ])
  )[0]!.count;
const turnOff = () =>
  test.sql(`update webhooks set is_active = false, off_reason = 'person', off_at = now() where id = $1`, [webhookId]);

describe('what is pending for a webhook that was switched off', () => {
  it('is not claimed once the switch is committed', async () => {
    await enqueue(3);
    await turnOff();
    const slots = allSlots({ total: 512, perWebhook: 10, perAgency: 256 });
    expect(await test.app.get(DeliveryQueue).claim(slots)).toEqual({ deliveries: [], more: [] });
    expect(await pending()).toBe(3);
  });

  it('ends in batches: the first before the response, the rest in the background', async () => {
    const count = 2 * DROP_BATCH + 500;
    await enqueue(count);
    await turnOff();
    await test.app.get(PendingDrops).drop({ agencyId, webhookId });
    expect(await pending()).toBeLessThanOrEqual(count - DROP_BATCH);
    await eventually(async () => expect(await states()).toEqual([{ state: 'skipped', reason: 'webhook_off', count }]));
    expect(await pending()).toBe(0);
  });

  it('is ended by the sweep if the process that should have done it crashed', async () => {
    await enqueue(DROP_BATCH + 1);
    await test.sql('update webhooks set deleted_at = now() where id = $1', [webhookId]);
    await test.app.get(RetryScheduler).sweep();
    await eventually(async () =>
      expect(await states()).toEqual([{ state: 'cancelled', reason: 'webhook_deleted', count: DROP_BATCH + 1 }]),
    );
  });

  it('stays pending if the webhook is on again by then', async () => {
    await enqueue(3);
    await turnOff();
    const source = test.app.get<DataSource>(getDataSourceToken('service'));
    const pool = (source.driver as unknown as { master: pg.Pool }).master;
    const person = await pool.connect();
    try {
      await person.query('begin');
      await person.query('update webhooks set is_active = true, off_reason = null where id = $1', [webhookId]);
      // The sweep has seen the webhook off, and waits for the lock of the user now.
      const dropped = pendingDeliveries.dropPending(webhookId);
      await eventually(async () =>
        expect(
          await test.sql(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          ),
        ).toHaveLength(1),
      );
      await person.query('commit');
      expect(await dropped).toBe(0);
    } finally {
      person.release();
    }
    expect(await states()).toEqual([{ state: 'waiting', reason: null, count: 3 }]);
  });

  it('keeps the number of a lost request: the next attempt gets another', async () => {
    await enqueue(1);
    await test.sql(
      `update webhook_queue set attempt = 2, token = gen_random_uuid(), lease_until = now() - interval '1 second'
       where webhook_id = $1`,
      [webhookId],
    );
    await turnOff();
    expect(await pendingDeliveries.dropPending(webhookId)).toBe(1);
    expect(
      await test.sql(
        `select d.attempts, a.n, a.reason
         from all_deliveries d join all_attempts a on a.delivery_id = d.id where d.webhook_id = $1`,
        [webhookId],
      ),
    ).toEqual([{ attempts: 2, n: 2, reason: 'interrupted' }]);
  });
});
