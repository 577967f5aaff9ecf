import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { type NewDelivery, insertDelivery } from '../../../test/insert-delivery.js';

const HOUR_MS = 3_600_000;

interface Group {
  webhook: { id: string };
  reason: string;
  count: number;
}

let api: ApiApp;
let agency: Agency;
let webhookId: string;

beforeAll(async () => {
  // Nothing is sent: the tests insert the deliveries.
  api = await startApiApp({ ROLE: 'api' });
}, 60_000);
afterAll(() => api?.close());
beforeEach(async () => {
  agency = await api.addAgency();
  webhookId = await addWebhook();
});

const addWebhook = async (of = agency): Promise<string> =>
  (
    await of.ask('post', '/webhooks', {
      url: 'https://hooks.payroll.example/bpoc',
      events: ['*'],
      description: 'Payroll',
    })
  ).body.id;
const fail = async (reason: string, more: Partial<NewDelivery> = {}): Promise<string> => {
  const { id } = await insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed', ...more });
  await api.sql('update webhook_deliveries set last_reason = $2 where id = $1', [id, reason]);
  return id;
};
const read = async (query = '') => {
  const { status, body } = await agency.ask('get', `/failure-groups${query}`, null, 'viewer');
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as { data: Group[]; from: string; to: string; capped: boolean };
};
const groups = async (query = '') =>
  (await read(query)).data.map(({ webhook, reason, count }) => [webhook.id, reason, count]);

describe('failure groups', () => {
  it('count failures by webhook and reason, largest first', async () => {
    const now = Date.now();
    const other = await addWebhook();
    const oldest = await fail('down', { at: now - 3 * HOUR_MS });
    await fail('down', { at: now - 2 * HOUR_MS, state: 'retrying' });
    const newest = await fail('down', { at: now - HOUR_MS });
    await fail('timeout', { at: now - HOUR_MS });
    await fail('down', { webhookId: other });
    await fail('down', { webhookId: other });
    const { data, capped, from, to } = await read();
    expect(data[0]).toEqual({
      webhook: {
        id: webhookId,
        url: 'https://hooks.payroll.example/',
        description: 'Payroll',
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
      [webhookId, 'down', 3],
      [other, 'down', 2],
      [webhookId, 'timeout', 1],
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
      [webhookId, 'timeout', 1],
    ]);
    expect(await groups(`?to=${new Date(Date.now() - 24.5 * HOUR_MS).toISOString()}`)).toEqual([
      [webhookId, 'timeout', 1],
    ]);
    expect(await groups(`?from=2100-01-01`)).toEqual([]);
  });

  it('keep a webhook that was deleted since', async () => {
    await fail('gone');
    await agency.ask('delete', `/webhooks/${webhookId}`);
    expect((await read()).data).toMatchObject([{ reason: 'gone', webhook: { id: webhookId, deleted: true } }]);
  });

  it('stop counting at 10,000, say so, and read no more than that', async () => {
    await api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason, attempts)
       select (lpad(to_hex((ms + n) >> 16), 8, '0') || '-' || lpad(to_hex((ms + n) & 65535), 4, '0')
           || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
         $1, $2, gen_random_uuid(), 'offer.sent', case when n % 4 = 0 then 'failed' else 'delivered' end, 'down', 1
       from (select (extract(epoch from now()) * 1000)::bigint - 3600000 as ms) t, generate_series(1, 50000) n`,
      [agency.id, webhookId],
    );
    await api.sql('analyze webhook_deliveries');
    const { data, capped } = await read();
    expect([capped, data.length, data[0]!.count]).toEqual([true, 1, 10_000]);
  });

  it('show nothing of another agency', async () => {
    const other = await api.addAgency();
    const theirs = await addWebhook(other);
    await insertDelivery(api.sql, { agencyId: other.id, webhookId: theirs, state: 'failed' });
    expect(await groups()).toEqual([]);
    expect(await groups(`?webhook_id=${theirs}`)).toEqual([]);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['to=2026-13-40', 'to'],
    ['webhook_id=x', 'webhook_id'],
    ['limit=5', 'limit'],
  ])('refuse %s, naming %s', async (query, field) => {
    const { status, body } = await agency.ask('get', `/failure-groups?${query}`);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
  });
});
