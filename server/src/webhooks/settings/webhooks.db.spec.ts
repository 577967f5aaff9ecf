import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { uuidv7 } from '../../lib/ids.js';
import { decryptHeaders } from '../model/webhook-secrets.js';

const URL = 'https://hooks.payroll.example/bpoc';
const ADD = { url: URL, events: ['application.*', 'offer.accepted'], description: 'Payroll sync' };

interface WebhookBody {
  id: string;
  secret: string;
  last_24h: { hours: object[] };
}

let api: ApiApp;
let agency: Agency;

beforeAll(async () => {
  // Nothing is delivered here: the tests insert deliveries.
  api = await startApiApp({ ROLE: 'api' });
}, 60_000);
afterAll(() => api?.close());
beforeEach(async () => {
  agency = await api.addAgency();
});

const add = async (more: object = {}): Promise<WebhookBody> => {
  const { status, body } = await agency.ask('post', '/webhooks', { ...ADD, ...more });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as WebhookBody;
};
const row = async <T = Record<string, unknown>>(id: string): Promise<T> =>
  (await api.sql<T>('select * from webhooks where id = $1', [id]))[0]!;
const auditOf = (targetId: string) =>
  api.sql<{ action: string; actor_name: string; details: object }>(
    'select action, actor_name, details from audit_log where target_id = $1 order by id',
    [targetId],
  );
/** A delivery of a webhook, queued or not. */
const deliver = async (webhookId: string, state: string, created = Date.now()): Promise<string> => {
  const id = uuidv7(created);
  await api.sql(
    `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, next_attempt_at)
     values ($1, $2, $3, $4, 'offer.sent', $5, now())`,
    [id, agency.id, webhookId, uuidv7(created), state],
  );
  if (state === 'waiting' || state === 'retrying') {
    await api.sql(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at)
       values ($1, $2, $3, $1, now() + interval '1 day')`,
      [id, agency.id, webhookId],
    );
  }
  return id;
};
const stateOf = async (deliveryId: string) =>
  (
    await api.sql<{ state: string; last_reason: string | null }>(
      'select state, last_reason from webhook_deliveries where id = $1',
      [deliveryId],
    )
  )[0];

describe('the list of webhooks', () => {
  it('shows the newest first, in pages', async () => {
    const ids = [(await add()).id, (await add()).id, (await add()).id].toReversed();
    const all = await agency.ask('get', '/webhooks', null, 'viewer');
    expect(all.body.data.map(({ id }: WebhookBody) => id)).toEqual(ids);
    expect(all.body.next_cursor).toBeNull();
    const first = await agency.ask('get', '/webhooks?limit=2');
    const second = await agency.ask('get', `/webhooks?limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.data, ...second.body.data].map(({ id }: WebhookBody) => id)).toEqual(ids);
    expect(second.body.next_cursor).toBeNull();
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'page=2'])('refuses ?%s', async (query) => {
    const answer = await agency.ask('get', `/webhooks?${query}`);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, query.split('=')[0]]);
  });

  it('shows health and the counts of the last 24 hours', async () => {
    const { id } = await add();
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, last_attempt_at,
         last_status, last_reason)
       values ($1, $2, 6, now() - interval '1 hour', now(), 503, 'down')`,
      [id, agency.id],
    );
    await api.sql(
      `insert into webhook_hours (webhook_id, agency_id, hour, delivered, failed, failed_attempts)
       select $1, $2, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 10, 1, 3 from generate_series(0, 47) n`,
      [id, agency.id],
    );
    const [webhook] = (await agency.ask('get', '/webhooks')).body.data;
    expect(webhook).toMatchObject({
      health: 'failing',
      failures_in_a_row: 6,
      last_delivery: { response_status: 503, reason: 'down' },
      last_24h: { delivered: 240, failed: 24, failed_attempts: 72 },
    });
  });

  it('shows the last 24 hours, gaps as 0, the current one last', async () => {
    const [{ id }, quiet] = [await add(), await add()];
    await api.sql(
      `insert into webhook_hours (webhook_id, agency_id, hour, delivered, failed)
       select $1, $2, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 5, 2 from unnest(array[0, 23, 24]) n`,
      [id, agency.id],
    );
    const data: WebhookBody[] = (await agency.ask('get', '/webhooks')).body.data;
    const hoursOf = (wanted: string) => data.find((webhook) => webhook.id === wanted)!.last_24h.hours;
    const hour = new Date();
    hour.setUTCMinutes(0, 0, 0);
    const start = (ago: number) => new Date(hour.getTime() - ago * 3_600_000).toISOString();
    const nothing = Array.from({ length: 24 }, (_, n) => ({
      start: start(23 - n),
      delivered: 0,
      failed: 0,
      pending: 0,
    }));
    expect(hoursOf(quiet.id)).toEqual(nothing);
    const ends = { delivered: 5, failed: 2 };
    expect(hoursOf(id)).toEqual(nothing.map((one, n) => (n === 0 || n === 23 ? { ...one, ...ends } : one)));
  });
});

describe('one webhook', () => {
  it('comes with its newest 20 deliveries, tests included', async () => {
    const { id } = await add();
    const other = await add();
    const made: string[] = [];
    for (let n = 0; n < 21; n++) made.push(await deliver(id, 'delivered', Date.now() - 60_000 + n));
    await deliver(other.id, 'delivered');
    await api.sql('update webhook_deliveries set test = true where id = $1', [made[20]]);
    const { body } = await agency.ask('get', `/webhooks/${id}`, null, 'viewer');
    expect(body.recent_deliveries.map((delivery: WebhookBody) => delivery.id)).toEqual(made.slice(1).toReversed());
    expect(body.recent_deliveries[0]).toMatchObject({ test: true, webhook: { id, deleted: false } });
  });

  it('comes with counts by hour and by day, gaps as 0, the current one last', async () => {
    const { id } = await add();
    await api.sql(
      `insert into webhook_hours (webhook_id, agency_id, hour, delivered, failed, failed_attempts)
       select $1, $2, date_trunc('hour', now(), 'UTC') - n * interval '1 hour', 1, 2, 3
       from unnest(array[0, 2, 100 * 24]) n`,
      [id, agency.id],
    );
    const { hourly, daily } = (await agency.ask('get', `/webhooks/${id}`)).body.series;
    expect([hourly.length, daily.length]).toEqual([24, 30]);
    const hour = new Date();
    hour.setUTCMinutes(0, 0, 0);
    expect(hourly[23]).toEqual({ start: hour.toISOString(), delivered: 1, failed: 2, failed_attempts: 3, pending: 0 });
    expect(hourly[22]).toMatchObject({ delivered: 0, failed: 0, failed_attempts: 0 });
    expect(hourly[21]).toMatchObject({ delivered: 1 });
    expect(daily[29].start).toBe(`${hour.toISOString().slice(0, 10)}T00:00:00.000Z`);
    expect(daily.reduce((sum: number, day: { delivered: number }) => sum + day.delivered, 0)).toBe(2);
  });

  it('is not found by another agency, when deleted, or by an invalid id', async () => {
    const { id } = await add();
    const stranger = await api.addAgency();
    const asked: [Agency, 'get' | 'patch' | 'delete' | 'post', string, object?][] = [
      [stranger, 'get', `/webhooks/${id}`],
      [stranger, 'patch', `/webhooks/${id}`, { is_active: false }],
      [stranger, 'delete', `/webhooks/${id}`],
      [stranger, 'post', `/webhooks/${id}/test`],
      [stranger, 'post', `/webhooks/${id}/secret`],
      [stranger, 'post', `/webhooks/${id}/secret/switch`],
      [stranger, 'delete', `/webhooks/${id}/secret/previous`],
      [agency, 'get', `/webhooks/${randomUUID()}`],
      [agency, 'get', '/webhooks/nonsense'],
      [agency, 'patch', "/webhooks/1'--", { is_active: false }],
    ];
    for (const [who, method, path, body] of asked) {
      const answer = await who.ask(method, path, body ?? null);
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 404, 'not_found']);
    }
    expect((await stranger.ask('get', '/webhooks')).body.data).toEqual([]);
    expect(await row(id)).toMatchObject({ is_active: true, version: 1 });
  });
});

describe('changing a webhook', () => {
  it('changes the named fields only', async () => {
    const { id } = await add({ headers: { 'x-a': 'one' } });
    const before = await row(id);
    const answer = await agency.ask('patch', `/webhooks/${id}`, { events: ['*'], retry_plan: 'day' });
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body).toMatchObject({ url: URL, description: 'Payroll sync', events: ['*'], retry_plan: 'day' });
    expect(answer.body).not.toHaveProperty('secret');
    expect(await row(id)).toEqual({
      ...before,
      events: ['*'],
      retry_plan: 'day',
      version: 2,
      updated_at: expect.any(Date),
    });
    expect(await auditOf(id)).toMatchObject([
      {},
      { action: 'webhook.updated', details: { fields: ['events', 'retry_plan'] } },
    ]);
  });

  it('changes nothing with an empty body', async () => {
    const { id } = await add();
    expect((await agency.ask('patch', `/webhooks/${id}`, {})).headers['etag']).toBe('"1"');
  });

  it('validates as adding does', async () => {
    const { id } = await add();
    for (const body of [{ url: 'https://10.0.0.1/' }, { events: ['nope'] }, { headers: { host: 'x' } }, { id: 'x' }]) {
      expect((await agency.ask('patch', `/webhooks/${id}`, body)).status).toBe(400);
    }
    for (const field of ['url', 'events', 'description', 'retry_plan', 'is_active']) {
      const answer = await agency.ask('patch', `/webhooks/${id}`, { [field]: null });
      expect([field, answer.status]).toEqual([field, 400]);
    }
    expect(await row(id)).toMatchObject({ version: 1 });
  });

  it('drops stored headers when the origin changes, unless they are sent along', async () => {
    const { id } = await add({ url: 'https://hooks.payroll.example/a', headers: { 'x-key': 'stored', 'x-b': 'two' } });
    const change = async (body: object) => {
      const { header_names } = (await agency.ask('patch', `/webhooks/${id}`, body).expect(200)).body;
      const { headers } = await row<{ headers: Buffer | null }>(id);
      const kept = decryptHeaders(api.keyring, { agencyId: agency.id, webhookId: id }, headers);
      expect(Object.keys(kept)).toEqual(header_names);
      return kept;
    };
    const both = { 'x-key': 'stored', 'x-b': 'two' };
    expect(await change({ url: 'https://hooks.payroll.example:443/b?c=d' })).toEqual(both);
    await agency.ask('patch', `/webhooks/${id}`, { url: 'https://10.0.0.1/' }).expect(400);
    expect(await change({ description: 'Payroll' })).toEqual(both);
    const moved = { url: 'https://attacker.example/', headers: { 'X-Key': 'given', 'x-gone': null } };
    expect(await change(moved)).toEqual({ 'X-Key': 'given' });
    expect(await change({ url: 'https://attacker.example:8443/' })).toEqual({});
    const audit = await api.sql<{ fields: string[] }>(
      `select details -> 'fields' as fields from audit_log
       where target_id = $1 and action = 'webhook.updated' order by id`,
      [id],
    );
    const all = [['url'], ['description'], ['headers', 'url'], ['url', 'headers']];
    expect(audit.map(({ fields }) => fields)).toEqual(all);
  });

  it('adds, replaces and removes headers without seeing their values', async () => {
    const { id } = await add({ headers: { 'x-a': 'one', 'x-b': 'two' } });
    const answer = await agency.ask('patch', `/webhooks/${id}`, {
      headers: { 'X-A': 'three', 'x-b': null, 'x-c': 'four' },
    });
    expect(answer.body.header_names).toEqual(['X-A', 'x-c']);
    const { headers } = await row<{ headers: Buffer }>(id);
    const at = { agencyId: agency.id, webhookId: id };
    expect(decryptHeaders(api.keyring, at, headers)).toEqual({ 'X-A': 'three', 'x-c': 'four' });
    const none = await agency.ask('patch', `/webhooks/${id}`, { headers: null });
    expect(none.body.header_names).toEqual([]);
  });

  it('is sent again only after a change', async () => {
    const { id } = await add();
    const read = (ifNoneMatch: string) => agency.ask('get', `/webhooks/${id}`).set('if-none-match', ifNoneMatch);
    const etag = (await agency.ask('get', `/webhooks/${id}`)).headers['etag']!;
    for (const given of [etag, `W/${etag}`, `"1", ${etag}`, '*']) {
      const again = await read(given);
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
    }
    expect((await read('"1"')).status).toBe(200);
    // Its settings are the same, but not its deliveries.
    await deliver(id, 'waiting');
    expect((await read(etag)).status).toBe(200);
    const changed = await agency.ask('patch', `/webhooks/${id}`, { description: 'a' }).set('if-match', etag);
    expect(changed.status).toBe(200);
  });

  it('is refused after a concurrent change', async () => {
    const { id } = await add();
    const { etag } = (await agency.ask('get', `/webhooks/${id}`)).headers;
    const first = await agency.ask('patch', `/webhooks/${id}`, { description: 'a' }).set('if-match', etag!);
    const second = await agency.ask('patch', `/webhooks/${id}`, { description: 'b' }).set('if-match', etag!);
    expect([first.status, second.status, second.body.code]).toEqual([200, 412, 'precondition_failed']);
    expect(await row(id)).toMatchObject({ description: 'a', version: 2 });
  });

  it('loses no change when concurrent', async () => {
    const { id } = await add();
    const changes = Array.from({ length: 8 }, (_, n) =>
      agency.ask('patch', `/webhooks/${id}`, { headers: { [`x-${n}`]: '1' } }),
    );
    await Promise.all(changes);
    const { body, headers } = await agency.ask('get', `/webhooks/${id}`);
    expect(body.header_names.toSorted()).toEqual(Array.from({ length: 8 }, (_, n) => `x-${n}`));
    expect(headers['etag']).toMatch(/^"9-[\w-]+"$/);
  });

  it('probes a paused webhook at once when its address changes', async () => {
    const { id } = await add();
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, last_attempt_at, last_reason, paused_at,
         paused_until, pause_count)
       values ($1, $2, 30, now(), 'dns', now(), now() + interval '20 minutes', 9)`,
      [id, agency.id],
    );
    const due = () =>
      api.sql('select paused_until <= now() as due, pause_count from webhook_health where webhook_id = $1', [id]);
    await agency.ask('patch', `/webhooks/${id}`, { description: 'x', url: URL });
    expect(await due()).toEqual([{ due: false, pause_count: 9 }]);
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { url: `${URL}/right` });
    expect(body.health).toBe('paused');
    expect(await due()).toEqual([{ due: true, pause_count: 0 }]);
  });

  it('is for admins', async () => {
    const { id } = await add();
    expect((await agency.ask('patch', `/webhooks/${id}`, { is_active: false }, 'member')).status).toBe(403);
    expect((await agency.ask('delete', `/webhooks/${id}`, null, 'member')).status).toBe(403);
  });
});

describe('switching a webhook', () => {
  it('off skips what is pending, and only that', async () => {
    const { id } = await add();
    const other = await add();
    const [waiting, retrying, delivered] = [
      await deliver(id, 'waiting'),
      await deliver(id, 'retrying'),
      await deliver(id, 'delivered'),
    ];
    const others = await deliver(other.id, 'waiting');
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: false });
    expect(body).toMatchObject({ is_active: false, off_reason: 'person', off_at: expect.any(String), health: 'off' });
    expect(await stateOf(waiting)).toEqual({ state: 'skipped', last_reason: 'webhook_off' });
    expect(await stateOf(retrying)).toEqual({ state: 'skipped', last_reason: 'webhook_off' });
    expect(await stateOf(delivered)).toMatchObject({ state: 'delivered' });
    expect(await stateOf(others)).toMatchObject({ state: 'waiting' });
    expect(await api.sql('select from webhook_queue where webhook_id = $1', [id])).toEqual([]);
  });

  it('off twice keeps the reason', async () => {
    const { id } = await add();
    await api.sql(`update webhooks set is_active = false, off_reason = 'gone', off_at = now() where id = $1`, [id]);
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: false });
    expect(body).toMatchObject({ is_active: false, off_reason: 'gone' });
  });

  it('on resets its health', async () => {
    const { id } = await add();
    await api.sql(
      `update webhooks set is_active = false, off_reason = 'failing_5_days', off_at = now() where id = $1`,
      [id],
    );
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since,
         last_attempt_at, last_reason, paused_at, paused_until, pause_count)
       values ($1, $2, 30, 7, now() - interval '5 days', now(), 'down', now(), now(), 9)`,
      [id, agency.id],
    );
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: true });
    expect(body).toMatchObject({
      is_active: true,
      off_reason: null,
      off_at: null,
      health: 'healthy',
      failures_in_a_row: 0,
      failing_since: null,
      paused_until: null,
    });
  });
});

describe('deleting a webhook', () => {
  it('cancels what is pending, keeps the log, and responds 404 afterwards', async () => {
    const { id } = await add();
    const waiting = await deliver(id, 'waiting');
    const delivered = await deliver(id, 'delivered');
    expect((await agency.ask('delete', `/webhooks/${id}`)).status).toBe(204);
    expect(await stateOf(waiting)).toEqual({ state: 'cancelled', last_reason: 'webhook_deleted' });
    expect((await agency.ask('get', `/webhooks/${id}`)).status).toBe(404);
    expect((await agency.ask('delete', `/webhooks/${id}`)).status).toBe(404);
    expect((await agency.ask('get', '/webhooks')).body.data).toEqual([]);
    const { body } = await agency.ask('get', `/deliveries/${delivered}`);
    expect(body).toMatchObject({ id: delivered, webhook: { id, deleted: true } });
    expect((await auditOf(id)).map(({ action }) => action)).toEqual(['webhook.created', 'webhook.deleted']);
  });
});

describe('the catalogue', () => {
  it('lists every event with fields, schema and an example message', async () => {
    const { body } = await agency.ask('get', '/event-types', null, 'viewer');
    expect(body.data).toHaveLength(10);
    expect(body.groups).toContainEqual({ pattern: 'application.*', title: 'Applications' });
    expect(body.data[0]).toMatchObject({
      type: 'application.created',
      group: 'application',
      title: 'New application',
      version: 1,
      example: { event: 'application.created', data: { applicationId: 'uuid-123' } },
      schema: { type: 'object', additionalProperties: false },
    });
    expect(body.data[0].fields[0]).toEqual({
      name: 'applicationId',
      type: 'id',
      required: true,
      description: 'The application',
      example: 'uuid-123',
    });
  });
});
