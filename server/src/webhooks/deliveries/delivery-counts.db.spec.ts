import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import { referenceHash } from '../../events/publishable-event.js';
import { uuidFloor, uuidv7 } from '../../lib/ids.js';
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

  it('of a search stop at 10,000 in all: of each state there are at least so many', async () => {
    const events = await log.api.sql<{ id: string }>(
      `insert into webhook_events (agency_id, id, type, occurred_at, ref2, body)
       select $1, (left($2, 15) || lpad(n::text, 3, '0') || '-8000-000000000000')::uuid, 'offer.sent', now(), $3,
         '{"data":{"candidateId":"C-1"}}' from generate_series(1, 3) n returning id`,
      [log.agency.id, uuidv7(), String(referenceHash(log.agency.id, 'candidate', 'C-1'))],
    );
    await log.api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state)
       select (left(e.id::text, 19) || lpad(to_hex(e.place), 4, '0') || '-' || lpad(to_hex(n), 12, '0'))::uuid,
         $1, $2, e.id, 'offer.sent', case when n % 100 = 0 then 'failed' else 'delivered' end
       from unnest($3::uuid[]) with ordinality e(id, place), generate_series(1, 4000) n`,
      [log.agency.id, log.webhookId, events.map(({ id }) => id)],
    );
    const found = await counts('reference=C-1');
    expect(found).toMatchObject({ total: { count: 10_000, capped: true }, delivered: { capped: true } });
    expect(found.failed).toEqual({ count: expect.any(Number), capped: true });
    expect(found.failed.count).toBeGreaterThan(50);
    expect(await counts('reference=C-1&status=failed')).toMatchObject({
      total: { count: 120, capped: false },
      failed: { count: 120, capped: false },
    });
  });
});

describe('a record that many events refer to', () => {
  it('is found in a state, with its count, as a rare one is', async () => {
    const [id] = await Promise.all(
      Array.from({ length: 70 }, async (_, n) => {
        const state = n % 2 === 0 ? 'failed' : 'delivered';
        return (await log.insert({ state, references: [['candidate', n < 66 ? 'C-1' : 'C-2']] })).id;
      }),
    );
    const found = async (path: string) => (await log.agency.ask('get', path, null, 'viewer')).body;
    const { data } = await found('/deliveries?reference=C-1&status=failed&limit=100');
    expect([data.length, new Set(data.map(({ status }: { status: string }) => status))]).toEqual([
      33,
      new Set(['failed']),
    ]);
    expect(data.map((row: { id: string }) => row.id)).toEqual(
      data
        .map((row: { id: string }) => row.id)
        .toSorted()
        .toReversed(),
    );
    const exact = (count: number) => ({ count, capped: false });
    expect(await found('/deliveries/counts?reference=C-1&status=failed')).toMatchObject({
      total: exact(33),
      failed: exact(33),
    });
    expect(await found('/deliveries/counts?reference=C-2&status=failed')).toMatchObject({ total: exact(2) });
    expect((await found(`/deliveries?q=${id}&status=failed`)).data).toHaveLength(1);
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
