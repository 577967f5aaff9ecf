import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Agency, agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { ADD, storedWebhooks, URL, type WebhookBody } from '../../../test/stored-webhooks.js';

// Nothing is delivered here: the tests insert deliveries.
const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

const { add, deliver, row } = storedWebhooks(() => ({ api, agency }));

describe('the list of webhooks', () => {
  it('shows all, also when the headers of one cannot be decrypted, whose address can still be changed', async () => {
    const asked = { ...ADD, headers: { 'x-key': 'header-value-1' } };
    const [broken, whole] = [
      (await agency.ask('post', '/webhooks', asked)).body as WebhookBody,
      (await agency.ask('post', '/webhooks', asked)).body as WebhookBody,
    ];
    await api.sql('update webhooks set headers = (select headers from webhooks where id = $2) where id = $1', [
      broken.id,
      whole.id,
    ]);
    const names = async () => {
      const { status, body } = await agency.ask('get', '/webhooks', null, 'viewer');
      const listed = body.data as { id: string; header_names: string[] }[];
      return [status, ...listed.map(({ id, header_names }) => [id, header_names])];
    };
    expect(await names()).toEqual([200, [whole.id, ['x-key']], [broken.id, []]]);
    const changed = await agency.ask('patch', `/webhooks/${broken.id}`, { url: `${URL}/new` });
    expect([changed.status, changed.body.url]).toEqual([200, `${URL}/new`]);
  });

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
    const { hourly, six_hourly: sixHourly, daily } = (await agency.ask('get', `/webhooks/${id}`)).body.series;
    expect([hourly.length, sixHourly.length, daily.length]).toEqual([24, 28, 30]);
    const hour = new Date();
    hour.setUTCMinutes(0, 0, 0);
    expect(hourly[23]).toEqual({
      start: hour.toISOString(),
      delivered: 1,
      failed: 2,
      failed_attempts: 3,
      left_out: 0,
      pending: 0,
    });
    expect(hourly[22]).toMatchObject({ delivered: 0, failed: 0, failed_attempts: 0 });
    expect(hourly[21]).toMatchObject({ delivered: 1 });
    const quarter = new Date(hour);
    quarter.setUTCHours(hour.getUTCHours() - (hour.getUTCHours() % 6));
    expect(sixHourly[27].start).toBe(quarter.toISOString());
    expect(sixHourly.reduce((sum: number, step: { failed: number }) => sum + step.failed, 0)).toBe(4);
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
