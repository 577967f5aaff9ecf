import { beforeEach, describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { insertDelivery, type NewDelivery } from '../../../test/insert-delivery.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

// Nothing is sent: the tests insert what happened.
const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);
let webhookId: string;

beforeEach(async () => {
  const asked = { url: 'https://hooks.payroll.example/bpoc', events: ['*'], description: 'Payroll' };
  webhookId = (await agency.ask('post', '/webhooks', asked)).body.id;
});

const deliver = (more: Partial<NewDelivery>) => insertDelivery(api.sql, { agencyId: agency.id, webhookId, ...more });
const failingSince = (at: number) =>
  api.sql(
    `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, last_attempt_at, last_reason)
     values ($1, $2, 6, $3, now(), 'down')
     on conflict (webhook_id) do update set failures_in_a_row = 6, failing_since = excluded.failing_since`,
    [webhookId, agency.id, new Date(at)],
  );
const worksAgain = () =>
  api.sql(
    `update webhook_health set failures_in_a_row = 0, failing_since = null, last_success_at = now()
     where webhook_id = $1`,
    [webhookId],
  );
const webhook = async () => (await agency.ask('get', `/webhooks/${webhookId}`)).body;
const problems = async (role: 'viewer' | 'member' = 'member') =>
  (await agency.ask('get', '/problems', null, role)).body.data;
const say = (method: 'post' | 'delete', what: string, body: object | null = {}) =>
  agency.ask(method, `/problems/${webhookId}/${what}`, body, 'member');

describe('what is not delivered', () => {
  it('is what waits, what is retried and what failed since the trouble began, with the oldest of them', async () => {
    const now = Date.now();
    await deliver({ state: 'delivered', at: now - 5 * MINUTE_MS });
    await deliver({ state: 'failed', at: now - 60 * HOUR_MS });
    await deliver({ state: 'failed', at: now - 40 * HOUR_MS });
    await deliver({ state: 'failed', at: now - 30 * MINUTE_MS, test: true });
    await deliver({ state: 'retrying', at: now - 10 * MINUTE_MS });
    await deliver({ state: 'waiting', at: now });
    const missing = async () => (await webhook()).not_delivered;
    expect(await missing()).toMatchObject({ count: 2, since: new Date(now - 10 * MINUTE_MS).toISOString() });
    await failingSince(now - 50 * HOUR_MS);
    const since = new Date(now - 40 * HOUR_MS).toISOString();
    expect(await missing()).toEqual({ count: 3, capped: false, since });
    const { body } = await agency.ask('get', '/webhooks');
    expect(body.data[0].not_delivered).toEqual(await missing());
    const { series, last_24h } = await webhook();
    const pendingIn = (steps: { pending: number }[]) => steps.reduce((sum, { pending }) => sum + pending, 0);
    expect([series.hourly, series.daily, last_24h.hours].map(pendingIn)).toEqual([2, 2, 2]);
    expect(series.daily.at(-1).pending).toBeGreaterThanOrEqual(1);
  });

  it('counts what was skipped only where we turned it off', async () => {
    await deliver({ state: 'skipped' });
    await agency.ask('patch', `/webhooks/${webhookId}`, { is_active: false });
    expect((await webhook()).not_delivered.count).toBe(0);
    await api.sql(`update webhooks set off_reason = 'gone' where id = $1`, [webhookId]);
    expect((await webhook()).not_delivered.count).toBe(1);
  });
});

describe('problems', () => {
  it('list webhooks in trouble with what they answered last, without personal data', async () => {
    expect(await problems()).toEqual([]);
    const { id } = await deliver({ state: 'failed', status: 503 });
    await failingSince(Date.now());
    const body = '{"data":{"candidateName":"Maria Santos"}}';
    await api.sql('update webhook_events set body = $2 where agency_id = $1', [agency.id, body]);
    await api.sql(
      `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status,
         response_body, response_encoding)
       values ($1, 1, $2, $3, now(), 'failed', 'down', 503, $4, 'utf-8')`,
      [id, agency.id, webhookId, `Maria Santos is unknown. ${'x'.repeat(600)}`],
    );
    const [problem] = await problems();
    expect(problem).toMatchObject({ id: webhookId, acknowledged: null, muted: null });
    expect(problem.answer).toMatchObject({ delivery_id: id, reason: 'down', response_status: 503 });
    expect(problem.answer.text).toMatch(/^••• is unknown\. x+$/);
    expect(problem.answer.text.length).toBeLessThanOrEqual(500);
    expect((await problems('viewer'))[0].answer).toMatchObject({ response_status: 503, text: null });
  });

  it('are acknowledged and muted for all until it works again, and the audit log keeps who did it', async () => {
    await failingSince(Date.now() - HOUR_MS);
    expect((await say('post', 'acknowledge', { note: ' They restart it at 10. ' })).body.acknowledged).toMatchObject({
      by: 'member',
      note: 'They restart it at 10.',
    });
    expect((await say('post', 'mute')).body).toMatchObject({
      acknowledged: { by: 'member' },
      muted: { by: 'member' },
    });
    expect(await problems('viewer')).toMatchObject([{ acknowledged: { by: 'member' }, muted: { by: 'member' } }]);
    expect((await say('delete', 'mute', null)).body).toMatchObject({ acknowledged: { by: 'member' }, muted: null });
    expect((await say('delete', 'acknowledge', null)).body.acknowledged).toBeNull();
    await say('post', 'acknowledge');
    await worksAgain();
    expect(await problems()).toEqual([]);
    await failingSince(Date.now());
    expect(await problems()).toMatchObject([{ acknowledged: null }]);
    const { body } = await agency.ask('get', `/audit?action=problem.*&target=${webhookId}`);
    expect(body.data.map(({ action }: { action: string }) => action)).toEqual(
      ['acknowledged', 'withdrawn', 'unmuted', 'muted', 'acknowledged'].map((done) => `problem.${done}`),
    );
  });

  it('cannot be muted while nothing is wrong, nor with a note of two lines', async () => {
    expect((await say('post', 'mute')).status).toBe(404);
    await failingSince(Date.now());
    const { status, body } = await say('post', 'acknowledge', { note: 'a\nb' });
    expect([status, body.errors[0].field]).toEqual([400, 'note']);
    expect((await problems())[0].acknowledged).toBeNull();
  });

  it('of a day ago is not taken for some problems of today', async () => {
    await api.sql(
      `insert into webhook_hours (webhook_id, agency_id, hour, failed) values ($1, $2, date_trunc('hour', now()), 1)`,
      [webhookId, agency.id],
    );
    await say('post', 'acknowledge');
    expect((await problems())[0].acknowledged).not.toBeNull();
    await api.sql(`update webhook_problems set acknowledged_at = now() - interval '25 hours'`);
    expect((await problems())[0].acknowledged).toBeNull();
  });
});
