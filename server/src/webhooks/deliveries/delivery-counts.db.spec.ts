import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import { uuidFloor } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { conditionsOf } from './delivery-filter.js';
import { COUNT_CAP } from './delivery-queries.js';
import { countStatement, pageStatement, type Statement } from './delivery-sql.js';

const log = deliveryLog();

describe('the delivery counts', () => {
  const counts = async (query = '') =>
    (await log.agency.ask('get', `/deliveries/counts?${query}`, null, 'viewer')).body;

  it('use the same filter as the list', async () => {
    for (const state of ['waiting', 'delivered', 'delivered', 'failed', 'retrying', 'cancelled']) {
      await log.insert({ state, references: [['candidate', 'C-1']] });
    }
    await log.insert({ state: 'failed', event: 'placement.created' });
    await log.insert({ test: true });
    const one = { count: 1, capped: false };
    const none = { count: 0, capped: false };
    const expected = {
      waiting: one,
      delivered: { count: 2, capped: false },
      failed: one,
      retrying: one,
      cancelled: one,
      skipped: none,
    };
    expect(await counts('event=offer.*')).toEqual({ ...expected, total: { count: 6, capped: false } });
    expect(await counts('reference=C-1')).toEqual({ ...expected, total: { count: 6, capped: false } });
    expect(await counts()).toMatchObject({ total: { count: 7 }, failed: { count: 2 } });
    expect(await counts('status=failed')).toMatchObject({ total: { count: 2 }, failed: { count: 2 }, delivered: none });
  });

  it('stop at 10,000', async () => {
    const at = uuidFloor(Date.now()).slice(0, 13);
    await log.api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state)
       select ($4 || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, $3, 'offer.sent',
         case when n <= 10000 then 'delivered' else 'failed' end
       from generate_series(1, 10005) n`,
      [log.agency.id, log.webhookId, randomUUID(), at],
    );
    expect(await counts()).toMatchObject({
      total: { count: 10_000, capped: true },
      delivered: { count: 10_000, capped: false },
      failed: { count: 5, capped: false },
    });
  });
});

describe('the delivery log with 20,000 deliveries, 1,000 of them failed', () => {
  const planOf = async ({ sql, parameters }: Statement): Promise<string> => {
    const plan: { 'QUERY PLAN': string }[] = await log.api.app
      .get(TenantTransaction)
      .run(log.agency.id, (manager) => manager.query(`explain ${sql}`, parameters));
    return plan.map((line) => line['QUERY PLAN']).join('\n');
  };
  beforeEach(async () => {
    await log.api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason)
       select (left($3, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, gen_random_uuid(), 'offer.sent',
         case when n % 20 = 0 then 'failed' else 'delivered' end, case when n % 20 = 0 then 'down' else 'ok' end
       from generate_series(1, 20000) n`,
      [log.agency.id, log.webhookId, randomUUID().replace(/^.{13}/, uuidFloor(Date.now()).slice(0, 13))],
    );
    await log.api.sql('vacuum (analyze) webhook_deliveries');
  });

  it('finds a rare reason by its index', async () => {
    const page = pageStatement(log.agency.id, conditionsOf({ reason: 'gone' }), { before: null, limit: 51 });
    expect(await planOf(page)).toMatch(/using \S+last_reason\S* /);
  });

  it.each([{}, { event: 'offer.sent' }, { reason: 'down' as const }])(
    'checks every condition in an index, with the filter %j',
    async (filter) => {
      const conditions = conditionsOf({ webhook_id: log.webhookId, status: ['failed'], ...filter });
      const plan = await planOf(countStatement(log.agency.id, conditions, COUNT_CAP + 1));
      expect(plan).toMatch(/ \S+_(state|last_reason)_\S* .*\n\s+Index Cond: .*webhook_id/);
    },
  );
});
