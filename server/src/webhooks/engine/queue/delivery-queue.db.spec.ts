import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { testAppPerFile } from '../../../../test/app.js';
import { eventually } from '../../../../test/eventually.js';
import { ENV, type Env } from '../../../config/env.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { EVENT_DEFINITIONS, exampleData } from '../../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../../events/domain-events.js';
import { DeliveryQueue } from './delivery-queue.js';
import { PendingDeliveries } from './pending-deliveries.js';
import { allSlots } from '../../../../test/all-slots.js';

const test = testAppPerFile({ ROLE: 'api' });
let agencyId: string;
let webhookId: string;

beforeEach(async () => {
  await test.sql('delete from webhook_queue');
  agencyId = await test.addAgency();
  webhookId = (await test.addWebhook(agencyId, 'http://localhost:9/')).id;
});

const publish = async (): Promise<void> => {
  const definition = EVENT_DEFINITIONS[0]!;
  await test.app.get(DomainEvents).publish({ type: definition.type, agencyId, data: exampleData(definition) });
};
const queued = () =>
  test.sql('select attempt, interruptions, token from webhook_queue where webhook_id = $1', [webhookId]);
const slots = allSlots({ total: 512, perWebhook: 10, perAgency: 256 });

/** A queue whose database fails matching statements the given number of times. */
function failing(pattern: RegExp, times: number): DeliveryQueue {
  let left = times;
  const real = test.app.get(ServiceDatabase);
  const fail = (sql: string) => {
    if (!pattern.test(sql) || left === 0) return;
    left--;
    throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
  };
  const database = {
    transaction: real.transaction.bind(real),
    query: async (sql: string, values?: unknown[]) => {
      fail(sql);
      return real.query(sql, values);
    },
    pool: {
      query: async (query: string | pg.QueryConfig, values?: unknown[]) => {
        fail(typeof query === 'string' ? query : query.text);
        return real.pool.query(query as string, values);
      },
    },
  };
  const pending = test.app.get(PendingDeliveries);
  return new DeliveryQueue(database as unknown as ServiceDatabase, pending, test.app.get<Env>(ENV));
}

describe('a delivery that was claimed and could not be sent', () => {
  it('is released when its message cannot be read, and counts no attempt', async () => {
    await publish();
    await expect(failing(/from webhook_events/, 1).claim(slots)).rejects.toThrow('the connection broke');
    await eventually(async () => expect(await queued()).toEqual([{ attempt: 0, interruptions: 0, token: null }]));
    const { deliveries } = await test.app.get(DeliveryQueue).claim(slots);
    expect(deliveries).toMatchObject([{ attempt: 1, interruptions: 0 }]);
  });

  it('is released even if the database is unavailable for a while', async () => {
    await publish();
    const queue = failing(/from webhook_events|set token = null/, 3);
    await expect(queue.claim(slots)).rejects.toThrow('the connection broke');
    await eventually(async () => expect(await queued()).toEqual([{ attempt: 0, interruptions: 0, token: null }]));
  });
});

describe('a probe', () => {
  it('interrupted for the tenth time ends, and the next one goes at once', async () => {
    await publish();
    await publish();
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, failing_since, paused_at, paused_until)
       values ($1, $2, now(), now(), now())`,
      [webhookId, agencyId],
    );
    const [lost] = await test.sql<{ id: string }>(
      `update webhook_queue
       set due_at = now() - interval '1 hour', attempt = 10, interruptions = 9, token = gen_random_uuid(),
         lease_until = now() - interval '1 second'
       where delivery_id = (select min(delivery_id::text)::uuid from webhook_queue where webhook_id = $1)
       returning delivery_id as id`,
      [webhookId],
    );
    const queue = test.app.get(DeliveryQueue);
    expect(await queue.claimProbes(10)).toEqual([]);
    expect(await test.sql('select state, last_reason, attempts from all_deliveries where id = $1', [lost!.id])).toEqual(
      [{ state: 'failed', last_reason: 'interrupted', attempts: 10 }],
    );
    expect(await queue.claimProbes(10)).toMatchObject([{ webhookId, attempt: 1 }]);
  });
});
