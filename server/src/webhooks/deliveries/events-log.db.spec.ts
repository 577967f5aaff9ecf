import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import { insertEvent, type NewDelivery } from '../../../test/insert-delivery.js';
import { uuidv7 } from '../../lib/ids.js';
import type { EntityManager } from 'typeorm';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { DomainEvents } from '../../events/domain-events.js';
import { findEvents } from './events-log-queries.js';

const DAY_MS = 86_400_000;

interface Listed {
  id: string;
  type: string;
  deliveries: Record<string, number>;
}

const log = deliveryLog({ webhook: false });

const publish = async (candidateId: string, of = log.agency): Promise<string> => {
  const data = { offerId: 'offer-1', applicationId: 'app-1', candidateId, sentAt: '2026-01-22T10:30:00.000Z' };
  const { id } = await log.api.app.get(DomainEvents).publish({ type: 'offer.sent', agencyId: of.id, data });
  return id;
};
const insert = (webhookId: string, more: Partial<NewDelivery>) => log.insert({ webhookId, ...more });
const layEvent = (more: { at?: number; event?: string; test?: boolean } = {}): Promise<string> =>
  insertEvent(log.api.sql, { agencyId: log.agency.id, ...more });
const list = async (query = ''): Promise<Listed[]> => {
  const { status, body } = await log.agency.ask('get', `/events?limit=200${query}`, null, 'viewer');
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.data as Listed[];
};
const ids = async (query = '') => (await list(query)).map(({ id }) => id);
const results = async (eventId: string) => {
  const { body } = await log.agency.ask('get', `/events/${eventId}`, null, 'viewer');
  return Object.fromEntries(
    (body.recipients as { webhook: { id: string }; result: string }[]).map(({ webhook, result }) => [
      webhook.id,
      result,
    ]),
  );
};

describe('the list of events', () => {
  it('shows events newest first, also those without recipients', async () => {
    const first = await publish('candidate-1');
    await log.addWebhook(['offer.*']);
    await log.addWebhook(['*']);
    const second = await publish('candidate-2');
    const [newest, oldest] = await list();
    expect(newest).toEqual({
      id: second,
      type: 'offer.sent',
      occurred_at: expect.stringMatching(/Z$/),
      accepted_at: expect.stringMatching(/Z$/),
      test: false,
      subject: { kind: 'offer', id: 'offer-1' },
      about: null,
      purged_at: null,
      deliveries: { waiting: 2, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 },
    });
    expect([oldest!.id, oldest!.deliveries['waiting']]).toEqual([first, 0]);
    expect(JSON.stringify([newest, oldest])).not.toContain('candidate-2');
  });

  it('counts the deliveries of each event by state, also of events in the same millisecond', async () => {
    const webhooks = [await log.addWebhook(['*']), await log.addWebhook(['*']), await log.addWebhook(['*'])];
    const at = Date.now();
    const [a, b] = [
      await insert(webhooks[0]!, { at, state: 'failed' }),
      await insert(webhooks[0]!, { at, state: 'delivered' }),
    ];
    await insert(webhooks[1]!, { at, state: 'failed', eventId: a.eventId });
    await insert(webhooks[2]!, { at, state: 'skipped', eventId: a.eventId });
    const counts = Object.fromEntries((await list()).map(({ id, deliveries }) => [id, deliveries]));
    expect(counts[a.eventId]).toMatchObject({ failed: 2, skipped: 1, delivered: 0 });
    expect(counts[b.eventId]).toMatchObject({ failed: 0, skipped: 0, delivered: 1 });
  });

  it('filters by type, group, time, test and record', async () => {
    const at = Date.now() - DAY_MS;
    const old = await layEvent({ at });
    const created = await layEvent({ event: 'application.created' });
    const test = await layEvent({ event: 'webhook.test', test: true });
    const offer = await publish('candidate-9');
    expect(await ids('&event=offer.sent')).toEqual([offer, old]);
    expect(await ids('&event=application.*')).toEqual([created]);
    expect(await ids(`&to=${new Date(at + 1).toISOString()}`)).toEqual([old]);
    expect(await ids(`&from=${new Date(at + 1).toISOString()}`)).toEqual([offer, created]);
    expect(await ids('&test=true')).toEqual([test]);
    expect(await ids('&test=any')).toHaveLength(4);
    expect(await ids('&reference=candidate-9')).toEqual([offer]);
    expect(await ids('&reference=candidate:candidate-9&event=offer.*')).toEqual([offer]);
    expect(await ids('&reference=job:candidate-9')).toEqual([]);
  });

  it('pages over days', async () => {
    const all: string[] = [];
    for (let n = 0; n < 5; n++) all.unshift(await layEvent({ at: Date.now() - (5 - n) * 0.4 * DAY_MS }));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/events?limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await log.agency.ask('get', path);
      seen.push(...body.data.map(({ id }: Listed) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(all);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['event=Offer', 'event'],
    ['cursor=x', 'cursor'],
    ['limit=1000', 'limit'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['status=failed', 'status'],
  ])('refuses %s, naming %s', async (query, field) => {
    const { status, body } = await log.agency.ask('get', `/events?${query}`);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
  });
});

describe('one event', () => {
  it('shows recipients with their delivery, and why other webhooks got none', async () => {
    const subscribed = await log.addWebhook(['offer.*']);
    const other = await log.addWebhook(['placement.created']);
    const off = await log.addWebhook(['offer.sent']);
    await log.agency.ask('patch', `/webhooks/${off}`, { is_active: false });
    const deleted = await log.addWebhook(['*']);
    await log.agency.ask('delete', `/webhooks/${deleted}`);
    const unconcerned = await log.addWebhook(['placement.created']);
    await log.agency.ask('delete', `/webhooks/${unconcerned}`);
    const eventId = await publish('candidate-1');
    const later = await log.addWebhook(['*']);
    await log.agency.ask('patch', `/webhooks/${other}`, { description: 'Others' });
    const { status, body } = await log.agency.ask('get', `/events/${eventId}`, null, 'viewer');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: eventId,
      type: 'offer.sent',
      judged_by: 'present_settings',
      size_bytes: expect.any(Number),
      deliveries: { waiting: 1, skipped: 1 },
    });
    expect(await results(eventId)).toEqual({
      [later]: 'created_later',
      [deleted]: 'deleted',
      [off]: 'off',
      [other]: 'not_subscribed',
      [subscribed]: 'told',
    });
    const [delivery] = await log.api.sql<{ id: string }>('select id from all_deliveries where webhook_id = $1', [
      subscribed,
    ]);
    expect(body.recipients.at(-1)).toEqual({
      webhook: {
        id: subscribed,
        kind: 'endpoint',
        url: 'https://hooks.payroll.example/',
        description: 'Payroll sync',
        is_active: true,
        deleted: false,
      },
      result: 'told',
      left_out_by: null,
      left_out_value: null,
      delivery: { id: delivery!.id, status: 'waiting', attempts: 0, response_status: null, reason: null },
    });
  });

  it('judges by the present settings, and names a webhook that has subscribed since', async () => {
    const webhookId = await log.addWebhook(['placement.created']);
    const eventId = await publish('candidate-1');
    await log.agency.ask('patch', `/webhooks/${webhookId}`, { events: ['*'] });
    expect(await results(eventId)).toEqual({ [webhookId]: 'subscribed_later' });
  });

  it('still shows a webhook that was deleted since', async () => {
    const webhookId = await log.addWebhook(['*']);
    const { eventId } = await insert(webhookId, { state: 'delivered' });
    const pending = await publish('candidate-1');
    await log.agency.ask('delete', `/webhooks/${webhookId}`);
    expect(await results(eventId)).toEqual({ [webhookId]: 'told' });
    expect(await results(pending)).toEqual({ [webhookId]: 'deleted' });
  });

  it('that is a test shows only the webhook it was sent to', async () => {
    const [tested] = [await log.addWebhook(['*']), await log.addWebhook(['*'])];
    const { eventId } = await insert(tested, { test: true, event: 'webhook.test' });
    expect(await results(eventId)).toEqual({ [tested]: 'told' });
  });

  it('of another agency does not exist, nor do its webhooks', async () => {
    const other = await log.api.addAgency();
    await log.addWebhook(['*'], other);
    const theirs = await publish('candidate-1', other);
    expect((await log.agency.ask('get', `/events/${theirs}`)).status).toBe(404);
    expect((await log.agency.ask('get', `/events/${uuidv7()}`)).status).toBe(404);
    expect(await ids()).toEqual([]);
    expect(await results(await publish('candidate-1'))).toEqual({});
  });
});

describe('a type that hardly occurs', () => {
  it('is found without reading the other events', async () => {
    const { api, agency } = log;
    await api.sql(
      `insert into webhook_events (agency_id, id, type, occurred_at, body)
       select $1, (left($2, 18) || '-8000-' || lpad(n::text, 12, '0'))::uuid,
         case when n % 5000 = 0 then 'placement.created' else 'application.created' end, now(), repeat('x', 300)
       from generate_series(1, 20000) n`,
      [agency.id, uuidv7(Date.now() - DAY_MS)],
    );
    await api.sql('vacuum analyze webhook_events');
    const plan = await api.app.get(TenantTransaction).run(agency.id, async (manager) => {
      const explained = { query: (sql: string, values: unknown[]) => manager.query(`explain analyze ${sql}`, values) };
      const filter = { event: 'placement.created', named: null };
      const page = { before: null, limit: 51 };
      return findEvents(explained as unknown as EntityManager, agency.id, filter as never, page);
    });
    expect(JSON.stringify(plan)).toMatch(/Bitmap Index Scan on webhook_events_p\d+_type_idx/);
    expect(await list('&event=placement.created')).toHaveLength(4);
  });
});
