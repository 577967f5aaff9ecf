import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { type Lay, layDelivery } from '../../../test/laid-delivery.js';
import { startReceiver } from '../../../test/receiver.js';
import { uuidv7 } from '../../common/ids.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { ENV } from '../../config/env.js';
import { Changes } from '../engine/changes.js';
import { DeliveryQueue } from '../engine/delivery-queue.js';
import { Dispatcher } from '../engine/dispatcher.js';
import { BATCH, RecoveryRunner } from './recovery-runner.js';

const HOUR_MS = 3_600_000;
const ID = '01a2094c-9329-7b3a-a231-492107023e3f';

let api: ApiApp;
let agency: Agency;
let webhookId: string;

beforeAll(async () => {
  // Nothing is sent here: rounds are made by hand.
  api = await startApiApp({ ROLE: 'api' });
}, 60_000);
afterAll(() => api?.close());
beforeEach(async () => {
  agency = await api.addAgency();
  webhookId = await addWebhook();
});
afterEach(() => api.sql(`update recoveries set state = 'stopped' where state = 'running'`));

const addWebhook = async (): Promise<string> =>
  (await agency.ask('post', '/webhooks', { url: 'https://hooks.payroll.example/bpoc', events: ['*'] })).body.id;
const lay = async (more: Partial<Lay> = {}): Promise<string> =>
  (await layDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed', ...more })).id;
const layMany = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  const start = Date.now() - HOUR_MS;
  for (let n = 0; n < count; n++) ids.push(await lay({ at: start + n * 10, state: n % 2 ? 'failed' : 'skipped' }));
  return ids;
};
const ask = (body: object, role: 'admin' | 'member' = 'admin') => agency.ask('post', '/recoveries', body, role);
const plan = async (filter: object = {}) => {
  const { status, body } = await ask({ filter, dry_run: true });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as { plan_id: string; count: number; left_out: { webhook_off: number; purged: number } };
};
const run = (planId: string) => ask({ plan_id: planId });
const progress = async (id: string) => (await agency.ask('get', `/recoveries/${id}`)).body as Record<string, unknown>;
const owed = async (): Promise<string[]> =>
  (
    await api.sql<{ id: string }>('select delivery_id as id from webhook_queue where agency_id = $1 order by 1', [
      agency.id,
    ])
  ).map(({ id }) => id);
const runner = () => api.app.get(RecoveryRunner);
/** As another process would have it, or this one after a restart. */
const anotherRunner = () => {
  const { app } = api;
  const parts = [
    app.get(ServiceDatabase),
    app.get(TenantTransaction),
    app.get(DeliveryQueue),
    app.get(Dispatcher),
    app.get(Changes),
  ] as const;
  return new RecoveryRunner(...parts, app.get(ENV));
};
/** One second later. */
const nextSecond = () => api.sql(`update recoveries set next_batch_at = now() where state = 'running'`);

describe('the plan of a recovery', () => {
  it('counts what is failed or skipped, by the filters of the log, and sends nothing', async () => {
    const other = await addWebhook();
    for (const state of ['delivered', 'cancelled', 'waiting', 'retrying']) await lay({ state });
    await lay({ test: true });
    await lay({ state: 'skipped' });
    await lay({ status: 503, reason: 'down' });
    await lay({ webhookId: other, event: 'application.created', at: Date.now() - 3 * HOUR_MS });
    const before = await owed();
    expect(await plan()).toEqual({
      plan_id: expect.any(String),
      count: 3,
      left_out: { webhook_off: 0, purged: 0 },
      per_second: BATCH,
    });
    expect(await plan({ webhook_id: other })).toMatchObject({ count: 1 });
    expect(await plan({ status: ['skipped'] })).toMatchObject({ count: 1 });
    expect(await plan({ response: '5xx' })).toMatchObject({ count: 1 });
    expect(await plan({ reason: 'down' })).toMatchObject({ count: 1 });
    expect(await plan({ event: 'application.*' })).toMatchObject({ count: 1 });
    expect(await plan({ from: new Date(Date.now() - HOUR_MS).toISOString() })).toMatchObject({ count: 2 });
    expect(
      await plan({ event: null, response: null, reason: null, webhook_id: null, reference: null, q: null }),
    ).toMatchObject({
      count: 3,
    });
    await runner().round();
    expect(await owed()).toEqual(before);
  });

  it('holds just the deliveries that were chosen one by one, as far as they can be sent again', async () => {
    const [failed, skipped, delivered] = [
      await lay(),
      await lay({ state: 'skipped' }),
      await lay({ state: 'delivered' }),
    ];
    await lay();
    const theirs = await api.addAgency();
    const foreign = await layDelivery(api.sql, {
      agencyId: theirs.id,
      webhookId: (await theirs.ask('post', '/webhooks', { url: 'https://a.example', events: ['*'] })).body.id,
      state: 'failed',
    });
    const chosen = { delivery_ids: [failed, skipped, delivered, foreign.id] };
    expect(await plan(chosen)).toMatchObject({ count: 2 });
    const { plan_id: id } = await plan({ ...chosen, status: ['failed'] });
    await run(id);
    await runner().round();
    expect(await owed()).toEqual([failed]);
  });

  it('leaves out what cannot be sent, and says why', async () => {
    const [off, deleted] = [await addWebhook(), await addWebhook()];
    await lay();
    await lay({ webhookId: off });
    await lay({ webhookId: deleted });
    const { eventId } = await layDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed' });
    await api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [eventId]);
    await agency.ask('patch', `/webhooks/${off}`, { is_active: false });
    await agency.ask('delete', `/webhooks/${deleted}`);
    expect(await plan()).toMatchObject({ count: 1, left_out: { webhook_off: 2, purged: 1 } });
  });

  it('refuses a filter that matches more than 20,000', async () => {
    await api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason, attempts)
       select (left($3, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, gen_random_uuid(), 'offer.sent', 'failed', 'down', 1 from generate_series(1, 20001) n`,
      [agency.id, webhookId, uuidv7()],
    );
    const answer = await ask({ filter: {}, dry_run: true });
    expect([answer.status, answer.body.errors?.[0]]).toMatchObject([400, { field: 'filter', code: 'too_many' }]);
    expect(await api.sql('select from recoveries where agency_id = $1', [agency.id])).toEqual([]);
  });

  it.each([
    [{}, 'filter'],
    [{ filter: {} }, 'dry_run'],
    [{ filter: {}, dry_run: false }, 'dry_run'],
    [{ filter: [], dry_run: true }, 'filter'],
    [{ filter: null, dry_run: true }, 'filter'],
    [{ filter: { status: ['delivered'] }, dry_run: true }, 'filter.status'],
    [{ filter: { status: 'failed' }, dry_run: true }, 'filter.status'],
    [{ filter: { response: 7 }, dry_run: true }, 'filter.response'],
    [{ filter: { response: '600' }, dry_run: true }, 'filter.response'],
    [{ filter: { event: 'offers.*' }, dry_run: true }, 'filter.event'],
    [{ filter: { reason: 'tired' }, dry_run: true }, 'filter.reason'],
    [{ filter: { test: 'any' }, dry_run: true }, 'filter.test'],
    [{ filter: { delivery_ids: [] }, dry_run: true }, 'filter.delivery_ids'],
    [{ filter: { delivery_ids: ['x'] }, dry_run: true }, 'filter.delivery_ids'],
    [{ filter: { delivery_ids: Array(1001).fill(ID) }, dry_run: true }, 'filter.delivery_ids'],
    [{ plan_id: 'x' }, 'plan_id'],
    [{ plan_id: null }, 'plan_id'],
    [{ plan_id: ID, filter: {} }, 'plan_id'],
  ])('refuses %.200j, naming %s', async (body, field) => {
    const answer = await ask(body);
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, field]);
  });
});

describe('running a plan for a webhook that is paused', () => {
  interface HealthRow {
    due: boolean;
    probe_delivery_id: string | null;
  }
  const health = async (id = webhookId) =>
    (
      await api.sql<HealthRow>(
        'select paused_until <= now() as due, probe_delivery_id from webhook_health where webhook_id = $1',
        [id],
      )
    )[0];
  const pause = (id = webhookId) =>
    api.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until) values ($1, $2, now(), now() + interval '1 hour')
       on conflict (webhook_id) do update set paused_until = excluded.paused_until, probe_delivery_id = null`,
      [id, agency.id],
    );

  it('sends one as the probe, and the rest waits until the webhook reopens, batch after batch', async () => {
    const other = await addWebhook();
    const ids = await layMany(BATCH + 10);
    const late = await lay({ webhookId: other });
    await pause();
    await pause(other);
    const { plan_id } = await plan();
    await run(plan_id);
    await runner().round();
    expect(await health()).toEqual({ due: true, probe_delivery_id: ids[0] });
    expect(await health(other)).toEqual({ due: false, probe_delivery_id: null });
    // The probe has failed.
    await pause();
    await nextSecond();
    await anotherRunner().round();
    expect(await progress(plan_id)).toMatchObject({ status: 'done', resent: BATCH + 11 });
    expect(await health()).toEqual({ due: false, probe_delivery_id: null });
    expect(await health(other)).toEqual({ due: true, probe_delivery_id: late });
    expect(await owed()).toHaveLength(BATCH + 11);
  });
});

describe('running a plan', () => {
  it('sends just what the plan found: not what failed since, nor what was delivered or cannot be sent by now', async () => {
    const other = await addWebhook();
    const [first, second] = [await lay({ at: Date.now() - HOUR_MS }), await lay({ state: 'skipped' })];
    const [delivered, offSince] = [await lay(), await lay({ webhookId: other })];
    const { plan_id: id, count } = await plan();
    expect(count).toBe(4);
    await lay();
    await api.sql(`update webhook_deliveries set state = 'delivered' where id = $1`, [delivered]);
    await agency.ask('patch', `/webhooks/${other}`, { is_active: false });
    const started = await run(id);
    expect([started.status, started.body]).toMatchObject([202, { id, status: 'running', count: 4, resent: 0 }]);
    await runner().round();
    expect(await owed()).toEqual([first, second].sort());
    expect(await progress(id)).toMatchObject({
      status: 'done',
      count: 4,
      resent: 2,
      passed_over: 2,
      created_by: 'admin',
      finished_at: expect.any(String),
    });
    const resends = async (of: string) => (await agency.ask('get', `/deliveries/${of}`, null, 'viewer')).body.resends;
    expect(await resends(first)).toEqual([{ at: expect.any(String), by: 'admin', recovery_id: id }]);
    expect([await resends(delivered), await resends(offSince)]).toEqual([[], []]);
    const [untouched] = await api.sql('select state from webhook_deliveries where id = $1', [offSince]);
    expect(untouched).toEqual({ state: 'failed' });
    expect(await api.sql('select action, details from audit_log where target_id = $1', [id])).toEqual([
      { action: 'recovery.started', details: { count: 4, resent: 0 } },
    ]);
  });

  it('goes oldest first, a batch a second, and on in another process where one stopped', async () => {
    const ids = await layMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    expect(await owed()).toEqual(ids.slice(0, BATCH));
    // Not its turn yet: nobody sent it again.
    expect((await agency.ask('get', `/deliveries/${ids[BATCH]}`)).body.resends).toEqual([]);
    await runner().round();
    expect(await owed()).toHaveLength(BATCH);
    expect(await progress(id)).toMatchObject({ status: 'running', resent: BATCH });
    await nextSecond();
    await anotherRunner().round();
    expect(await owed()).toEqual(ids);
    expect(await progress(id)).toMatchObject({ status: 'done', resent: ids.length, passed_over: 0 });
  });

  it('by several processes at once sends nothing twice and nothing too fast', async () => {
    const ids = await layMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await Promise.all([runner(), anotherRunner(), anotherRunner()].map((each) => each.round()));
    expect(await owed()).toEqual(ids.slice(0, BATCH));
    expect(await progress(id)).toMatchObject({ status: 'running', resent: BATCH, passed_over: 0 });
  });

  it('whose batch fails loses nothing: the batch is done again', async () => {
    const ids = await layMany(4);
    const { plan_id: id } = await plan();
    await run(id);
    await api.sql(`alter table webhook_queue add constraint broken check (delivery_id <> '${ids[2]}') not valid`);
    await runner().round();
    expect([await owed(), await progress(id)]).toMatchObject([[], { status: 'running', resent: 0, passed_over: 0 }]);
    await api.sql('alter table webhook_queue drop constraint broken');
    await runner().round();
    expect([await owed(), await progress(id)]).toMatchObject([ids, { status: 'done', resent: 4 }]);
  });

  it('twice is the same as once', async () => {
    await lay();
    const { plan_id: id } = await plan();
    await Promise.all([run(id), run(id), run(id)]);
    await runner().round();
    await api.sql('delete from webhook_queue where agency_id = $1', [agency.id]);
    const again = await run(id);
    expect([again.status, again.body]).toMatchObject([202, { status: 'done', resent: 1 }]);
    await runner().round();
    expect(await owed()).toEqual([]);
  });

  it('of nothing is done at once', async () => {
    const { plan_id: id, count } = await plan();
    expect(count).toBe(0);
    await run(id);
    await runner().round();
    expect(await progress(id)).toMatchObject({ status: 'done', resent: 0 });
  });

  it('can be stopped: what was not sent by then is not sent', async () => {
    await layMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    expect((await agency.ask('delete', `/recoveries/${id}`)).status).toBe(204);
    await nextSecond();
    await runner().round();
    expect(await owed()).toHaveLength(BATCH);
    expect(await progress(id)).toMatchObject({ status: 'stopped', resent: BATCH, finished_at: expect.any(String) });
    expect((await run(id)).body.status).toBe('stopped');
    expect((await agency.ask('delete', `/recoveries/${id}`)).status).toBe(204);
  });

  it('tells how the deliveries went since it started, and only since', async () => {
    const ids = await layMany(5);
    await api.sql(`update webhook_deliveries set finished_at = now() - interval '1 hour' where id = any($1)`, [ids]);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    const end = (n: number, state: string) =>
      api.sql(
        `update webhook_deliveries set state = $2, finished_at = case when $2 <> 'retrying' then now() end where id = $1`,
        [ids[n], state],
      );
    expect(await progress(id)).toMatchObject({ resent: 5, delivered: 0, failed: 0 });
    await end(0, 'delivered');
    await end(1, 'delivered');
    await end(2, 'failed');
    await end(3, 'retrying');
    expect(await progress(id)).toMatchObject({ resent: 5, delivered: 2, failed: 2 });
  });

  it('is found again in the list while it runs; what was never started is not', async () => {
    await layMany(BATCH + 1);
    const { plan_id: done } = await plan({ status: ['skipped'] });
    await run(done);
    await runner().round();
    const { plan_id: running } = await plan();
    await run(running);
    await plan();
    const list = async (query: string) =>
      ((await agency.ask('get', `/recoveries${query}`)).body as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(await list('?status=running')).toEqual([running]);
    expect(await list('')).toEqual([running, done]);
    const { body: first } = await agency.ask('get', '/recoveries?limit=1');
    expect([first.data.length, await list(`?cursor=${first.next_cursor}`)]).toEqual([1, [done]]);
    const strange = await agency.ask('get', '/recoveries?status=planned');
    expect([strange.status, strange.body.errors[0].field]).toEqual([400, 'status']);
    expect((await agency.ask('get', '/recoveries', null, 'member')).status).toBe(403);
    expect((await (await api.addAgency()).ask('get', '/recoveries')).body.data).toEqual([]);
  });

  it('is for admins of the agency, and a plan lives a day', async () => {
    await lay();
    const { plan_id: id } = await plan();
    expect((await ask({ plan_id: id }, 'member')).status).toBe(403);
    const other = await api.addAgency();
    expect((await other.ask('post', '/recoveries', { plan_id: id })).status).toBe(404);
    expect((await other.ask('get', `/recoveries/${id}`)).status).toBe(404);
    expect((await other.ask('delete', `/recoveries/${id}`)).status).toBe(404);
    await api.sql(`update recoveries set created_at = now() - interval '25 hours' where id = $1`, [id]);
    await plan();
    expect((await run(id)).status).toBe(404);
  });
});

describe('a recovery', () => {
  it('reaches the receiver by itself, every delivery once', async () => {
    const working = await startApiApp({ ROLE: 'all' });
    const receiver = await startReceiver();
    try {
      const of = await working.addAgency();
      const { body: webhook } = await of.ask('post', '/webhooks', { url: receiver.url, events: ['*'] });
      for (let n = 0; n < 12; n++)
        await layDelivery(working.sql, { agencyId: of.id, webhookId: webhook.id, state: 'failed' });
      const { body } = await of.ask('post', '/recoveries', { filter: {}, dry_run: true });
      await of.ask('post', '/recoveries', { plan_id: body.plan_id });
      await eventually(() => expect(receiver.requests).toHaveLength(12));
      expect(new Set(receiver.requests.map(({ headers }) => headers['x-webhook-delivery'])).size).toBe(12);
      expect((await of.ask('get', `/recoveries/${body.plan_id}`)).body).toMatchObject({ status: 'done', resent: 12 });
      await eventually(async () => {
        const [row] = await working.sql(
          `select count(*)::int as count from webhook_deliveries where state = 'delivered'`,
        );
        expect(row).toEqual({ count: 12 });
      });
    } finally {
      await working.close();
      await receiver.close();
    }
  });
});
