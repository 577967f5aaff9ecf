import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import type { NewDelivery } from '../../../test/insert-delivery.js';

const HOUR_MS = 3_600_000;

interface Group {
  webhook: { id: string };
  reason: string;
  count: number;
}

const log = deliveryLog();

const fail = async (reason: string, more: Partial<NewDelivery> = {}): Promise<string> => {
  const { id } = await log.insert({ state: 'failed', ...more });
  await log.api.sql('update webhook_deliveries set last_reason = $2 where id = $1', [id, reason]);
  return id;
};
const read = async (query = '') => {
  const { status, body } = await log.agency.ask('get', `/failure-groups${query}`, null, 'viewer');
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as { data: Group[]; from: string; to: string; capped: boolean };
};
const groups = async (query = '') =>
  (await read(query)).data.map(({ webhook, reason, count }) => [webhook.id, reason, count]);

describe('failure groups', () => {
  it('count failures by webhook and reason, largest first', async () => {
    const now = Date.now();
    const other = await log.addWebhook();
    const oldest = await fail('down', { at: now - 3 * HOUR_MS });
    await fail('down', { at: now - 2 * HOUR_MS, state: 'retrying' });
    const newest = await fail('down', { at: now - HOUR_MS });
    await fail('timeout', { at: now - HOUR_MS });
    await fail('down', { webhookId: other });
    await fail('down', { webhookId: other });
    const { data, capped, from, to } = await read();
    expect(data[0]).toEqual({
      webhook: {
        id: log.webhookId,
        kind: 'endpoint',
        url: 'https://hooks.payroll.example/',
        description: 'Payroll sync',
        is_active: true,
        deleted: false,
      },
      reason: 'down',
      count: 3,
      failed: 2,
      retrying: 1,
      first_at: new Date(now - 3 * HOUR_MS).toISOString(),
      last_at: new Date(now - HOUR_MS).toISOString(),
      oldest_delivery_id: oldest,
      newest_delivery_id: newest,
    });
    expect(await groups()).toEqual([
      [log.webhookId, 'down', 3],
      [other, 'down', 2],
      [log.webhookId, 'timeout', 1],
    ]);
    expect(capped).toBe(false);
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * HOUR_MS);
    expect(await groups(`?webhook_id=${other}`)).toEqual([[other, 'down', 2]]);
  });

  it('leave out successes, tests and failures older than a day', async () => {
    for (const state of ['waiting', 'delivered', 'skipped', 'cancelled']) await fail('down', { state });
    await fail('down', { test: true });
    await fail('timeout', { at: Date.now() - 25 * HOUR_MS });
    expect(await groups()).toEqual([]);
    expect(await groups(`?from=${new Date(Date.now() - 26 * HOUR_MS).toISOString()}`)).toEqual([
      [log.webhookId, 'timeout', 1],
    ]);
    expect(await groups(`?to=${new Date(Date.now() - 24.5 * HOUR_MS).toISOString()}`)).toEqual([
      [log.webhookId, 'timeout', 1],
    ]);
    expect(await groups(`?from=2100-01-01`)).toEqual([]);
  });

  it('keep a webhook that was deleted since', async () => {
    await fail('gone');
    await log.agency.ask('delete', `/webhooks/${log.webhookId}`);
    expect((await read()).data).toMatchObject([{ reason: 'gone', webhook: { id: log.webhookId, deleted: true } }]);
  });

  it('stop counting at 10,000, say so, and read no more than that', async () => {
    await log.api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason, attempts)
       select (lpad(to_hex((ms + n) >> 16), 8, '0') || '-' || lpad(to_hex((ms + n) & 65535), 4, '0')
           || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
         $1, $2, gen_random_uuid(), 'offer.sent', case when n % 4 = 0 then 'failed' else 'delivered' end, 'down', 1
       from (select (extract(epoch from now()) * 1000)::bigint - 3600000 as ms) t, generate_series(1, 50000) n`,
      [log.agency.id, log.webhookId],
    );
    await log.api.sql('analyze webhook_deliveries');
    const { data, capped } = await read();
    expect([capped, data.length, data[0]!.count]).toEqual([true, 1, 10_000]);
  });

  it('show nothing of another agency', async () => {
    const other = await log.api.addAgency();
    const theirs = await log.addWebhook(['*'], other);
    await log.insert({ agencyId: other.id, webhookId: theirs, state: 'failed' });
    expect(await groups()).toEqual([]);
    expect(await groups(`?webhook_id=${theirs}`)).toEqual([]);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['to=2026-13-40', 'to'],
    ['webhook_id=x', 'webhook_id'],
    ['limit=5', 'limit'],
  ])('refuse %s, naming %s', async (query, field) => {
    const { status, body } = await log.agency.ask('get', `/failure-groups?${query}`);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
  });
});
