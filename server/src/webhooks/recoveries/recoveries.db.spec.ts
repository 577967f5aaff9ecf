import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { deliveryLog } from '../../../test/delivery-log.js';
import { eventually } from '../../../test/eventually.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { HOUR_MS, recoveriesOf } from '../../../test/recoveries.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { ENV } from '../../config/env.js';
import { BATCH } from './recovery-runner.js';

const log = deliveryLog();
afterEach(() => log.api.sql(`update recoveries set state = 'stopped' where state = 'running'`));

const recoveries = recoveriesOf(log);
const { insert, insertMany, ask, plan, run, progress, queued, runner, anotherRunner, nextSecond, count } = recoveries;

describe('running a plan for a webhook that is paused', () => {
  interface HealthRow {
    due: boolean;
    probe_delivery_id: string | null;
  }
  const health = async (id = log.webhookId) =>
    (
      await log.api.sql<HealthRow>(
        'select paused_until <= now() as due, probe_delivery_id from webhook_health where webhook_id = $1',
        [id],
      )
    )[0];
  const pause = (id = log.webhookId) =>
    log.api.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
       values ($1, $2, now(), now() + interval '1 hour')
       on conflict (webhook_id) do update set paused_until = excluded.paused_until, probe_delivery_id = null`,
      [id, log.agency.id],
    );

  it('sends one as the probe; the rest of every batch waits until the webhook reopens', async () => {
    const other = await log.addWebhook();
    const ids = await insertMany(BATCH + 10);
    const late = await insert({ webhookId: other });
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
    expect(await queued()).toHaveLength(BATCH + 11);
  });
});

describe('running a plan', () => {
  it('sends what the plan found, except deliveries that were delivered or became unsendable since', async () => {
    const other = await log.addWebhook();
    const [first, second] = [await insert({ at: Date.now() - HOUR_MS }), await insert({ state: 'skipped' })];
    const [delivered, offSince] = [await insert(), await insert({ webhookId: other })];
    const { plan_id: id, count } = await plan();
    expect(count).toBe(4);
    await insert();
    await log.api.sql(`update webhook_deliveries set state = 'delivered' where id = $1`, [delivered]);
    await log.agency.ask('patch', `/webhooks/${other}`, { is_active: false });
    const started = await run(id);
    expect([started.status, started.body]).toMatchObject([202, { id, status: 'running', count: 4, resent: 0 }]);
    await runner().round();
    expect(await queued()).toEqual([first, second].sort());
    expect(await progress(id)).toMatchObject({
      status: 'done',
      count: 4,
      resent: 2,
      passed_over: 2,
      created_by: 'admin',
      finished_at: expect.any(String),
    });
    const resends = async (of: string) =>
      (await log.agency.ask('get', `/deliveries/${of}`, null, 'viewer')).body.resends;
    expect(await resends(first)).toEqual([{ at: expect.any(String), by: 'admin', recovery_id: id }]);
    expect([await resends(delivered), await resends(offSince)]).toEqual([[], []]);
    const [untouched] = await log.api.sql('select state from webhook_deliveries where id = $1', [offSince]);
    expect(untouched).toEqual({ state: 'failed' });
    expect(await log.api.sql('select action, details from audit_log where target_id = $1', [id])).toEqual([
      { action: 'recovery.started', details: { count: 4, resent: 0 } },
    ]);
  });

  it('waits while a webhook in its batch is off or deleted and that can be undone', async () => {
    const env = log.api.app.get<{ undoMs: number }>(ENV);
    const ids = await insertMany(2);
    const { plan_id: id } = await plan();
    await run(id);
    env.undoMs = 10_000;
    try {
      await log.agency.ask('delete', `/webhooks/${log.webhookId}`);
    } finally {
      env.undoMs = 0;
    }
    await runner().round();
    expect(await progress(id)).toMatchObject({ status: 'running', resent: 0, passed_over: 0 });
    await log.agency.ask('post', `/webhooks/${log.webhookId}/restore`);
    await nextSecond();
    await runner().round();
    expect(await progress(id)).toMatchObject({ status: 'done', resent: 2, passed_over: 0 });
    expect(await queued()).toEqual(ids);
  });

  it('goes oldest first, a batch a second, and continues in another process', async () => {
    const ids = await insertMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    expect(await queued()).toEqual(ids.slice(0, BATCH));
    // Not its turn yet.
    expect((await log.agency.ask('get', `/deliveries/${ids[BATCH]}`)).body.resends).toEqual([]);
    await runner().round();
    expect(await queued()).toHaveLength(BATCH);
    expect(await progress(id)).toMatchObject({ status: 'running', resent: BATCH });
    await nextSecond();
    await anotherRunner().round();
    expect(await queued()).toEqual(ids);
    expect(await progress(id)).toMatchObject({ status: 'done', resent: ids.length, passed_over: 0 });
  });

  it('does not wait for that of another agency', async () => {
    const other = await log.api.addAgency();
    const url = 'https://hooks.example.org/other';
    const webhookId = (await other.ask('post', '/webhooks', { url, events: ['*'] })).body.id as string;
    const theirs = await insertDelivery(log.api.sql, { agencyId: other.id, webhookId, state: 'failed' });
    const planned = (await other.ask('post', '/recoveries', { filter: {}, dry_run: true })).body.plan_id as string;
    await other.ask('post', '/recoveries', { plan_id: planned });
    const [mine] = await insertMany(1);
    const { plan_id: id } = await plan();
    await run(id);
    // The agency that comes first waits for a lock.
    const [held, free] = other.id < log.agency.id ? [theirs.id, mine] : [mine, theirs.id];
    let round: Promise<void> = Promise.resolve();
    await log.api.app.get(ServiceDatabase).transaction(async (manager) => {
      await manager.query('select from webhook_deliveries where id = $1 for update', [held]);
      round = runner().round();
      const stateOfFree = () => log.api.sql('select state from webhook_deliveries where id = $1', [free]);
      await eventually(async () => expect(await stateOfFree()).toEqual([{ state: 'waiting' }]));
    });
    await round;
  });

  it('in several processes at once sends nothing twice and keeps the rate', async () => {
    const ids = await insertMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await Promise.all([runner(), anotherRunner(), anotherRunner()].map((each) => each.round()));
    expect(await queued()).toEqual(ids.slice(0, BATCH));
    expect(await progress(id)).toMatchObject({ status: 'running', resent: BATCH, passed_over: 0 });
  });

  it('shares the rate with other recoveries of the agency: they take turns, a batch a second', async () => {
    const ids = await insertMany(BATCH + 10);
    const plans = [
      await plan({ status: ['failed'] }),
      await plan({ status: ['skipped'] }),
      await plan({ status: ['failed'] }),
    ];
    for (const { plan_id } of plans) await run(plan_id);
    const theirs = await log.api.addAgency();
    const theirId = await insert({ agencyId: theirs.id, webhookId: await log.addWebhook(['*'], theirs) });
    const { body: their } = await theirs.ask('post', '/recoveries', { filter: {}, dry_run: true });
    await theirs.ask('post', '/recoveries', { plan_id: their.plan_id });
    const half = ids.length / 2;
    let batches = 0;
    for (let second = 0; second < 3; second++) {
      const from = performance.now();
      await Promise.all([runner(), anotherRunner()].map((each) => each.round()));
      await runner().round();
      const now = (await queued()).length / half;
      // The rounds themselves may take a busy machine longer than a second.
      expect(now - batches).toBeLessThanOrEqual(Math.ceil((performance.now() - from) / 1_000));
      // The third finds nothing left to send.
      if (second === 0) expect(now).toBeGreaterThanOrEqual(1);
      else expect(now).toBe(2);
      batches = now;
      await nextSecond();
    }
    const states = await Promise.all(plans.map(async ({ plan_id }) => (await progress(plan_id)).status));
    expect(states).toEqual(['done', 'done', 'done']);
    // Another agency has its own second.
    const [other] = await log.api.sql('select from webhook_queue where delivery_id = $1', [theirId]);
    expect(other).toBeDefined();
  });

  it('that keeps failing does not block other recoveries of the agency', async () => {
    const [first, second] = await insertMany(2);
    await log.api.sql(`alter table webhook_queue add constraint broken check (delivery_id <> '${first}') not valid`);
    try {
      const [broken, well] = [await plan({ delivery_ids: [first] }), await plan({ delivery_ids: [second] })];
      await run(broken.plan_id);
      await run(well.plan_id);
      await runner().round();
      expect(await queued()).toEqual([]);
      await nextSecond();
      await runner().round();
      expect(await queued()).toEqual([second]);
    } finally {
      await log.api.sql('alter table webhook_queue drop constraint broken');
    }
  });

  it('does not wait for the batch of another agency', async () => {
    const agencies = [log.agency, await log.api.addAgency()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const ids: string[] = [];
    for (const agency of agencies) {
      const webhookId = await log.addWebhook(['*'], agency);
      ids.push(await insert({ agencyId: agency.id, webhookId }));
      const { body } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
      await agency.ask('post', '/recoveries', { plan_id: body.plan_id });
    }
    const holder = new pg.Client(log.api.app.get<DatabaseSettings>(DATABASE).directUrl);
    await holder.connect();
    try {
      await holder.query('begin; set local role bpoc_service');
      await holder.query('select from webhook_deliveries where agency_id = $1 and id = $2 for update', [
        agencies[0]!.id,
        ids[0],
      ]);
      const round = runner().round();
      const isQueued = (id: string | undefined) =>
        log.api.sql('select from webhook_queue where delivery_id = $1', [id]);
      await eventually(async () => expect(await isQueued(ids[1])).toHaveLength(1));
      expect(await isQueued(ids[0])).toEqual([]);
      await holder.query('rollback');
      await round;
      expect(await isQueued(ids[0])).toHaveLength(1);
    } finally {
      await holder.end();
    }
  });

  it('repeats a batch that fails', async () => {
    const ids = await insertMany(4);
    const { plan_id: id } = await plan();
    await run(id);
    await log.api.sql(`alter table webhook_queue add constraint broken check (delivery_id <> '${ids[2]}') not valid`);
    await runner().round();
    expect([await queued(), await progress(id)]).toMatchObject([[], { status: 'running', resent: 0, passed_over: 0 }]);
    await log.api.sql('alter table webhook_queue drop constraint broken');
    await nextSecond();
    await runner().round();
    expect([await queued(), await progress(id)]).toMatchObject([ids, { status: 'done', resent: 4 }]);
  });

  it('begins when it is too late to undo it: stopped by then, it has sent nothing', async () => {
    const env = log.api.app.get<{ undoMs: number }>(ENV);
    env.undoMs = 10_000;
    try {
      const [first, second] = await insertMany(2);
      const [undone, kept] = [await plan({ delivery_ids: [first] }), await plan({ delivery_ids: [second] })];
      const before = (await run(undone.plan_id)).body as { begins_at: string };
      expect(Date.parse(before.begins_at) - Date.now()).toBeGreaterThan(9_000);
      // Asked for again, the time starts over.
      const after = (await run(undone.plan_id)).body as { begins_at: string };
      expect(after.begins_at > before.begins_at).toBe(true);
      env.undoMs = 0;
      await run(kept.plan_id);
      await runner().round();
      // It does not hold up the others of the agency.
      expect([await queued(), await progress(undone.plan_id)]).toMatchObject([
        [second],
        { status: 'running', resent: 0 },
      ]);
      expect((await log.agency.ask('delete', `/recoveries/${undone.plan_id}`)).status).toBe(204);
      await log.api.sql(`update recoveries set begins_at = now() where id = $1`, [undone.plan_id]);
      await nextSecond();
      await runner().round();
      expect([await queued(), await progress(undone.plan_id)]).toMatchObject([
        [second],
        { status: 'stopped', resent: 0 },
      ]);
    } finally {
      env.undoMs = 0;
    }
  });

  it('twice is idempotent', async () => {
    await insert();
    const { plan_id: id } = await plan();
    await Promise.all([run(id), run(id), run(id)]);
    await runner().round();
    await log.api.sql('delete from webhook_queue where agency_id = $1', [log.agency.id]);
    const again = await run(id);
    expect([again.status, again.body]).toMatchObject([202, { status: 'done', resent: 1 }]);
    await runner().round();
    expect(await queued()).toEqual([]);
  });

  it('of nothing is done at once', async () => {
    const { plan_id: id, count } = await plan();
    expect(count).toBe(0);
    await run(id);
    await runner().round();
    expect(await progress(id)).toMatchObject({ status: 'done', resent: 0 });
  });

  it('can be stopped: the rest is not sent', async () => {
    await insertMany(BATCH + 10);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    expect((await log.agency.ask('delete', `/recoveries/${id}`)).status).toBe(204);
    await nextSecond();
    await runner().round();
    expect(await queued()).toHaveLength(BATCH);
    expect(await progress(id)).toMatchObject({ status: 'stopped', resent: BATCH, finished_at: expect.any(String) });
    expect((await run(id)).body.status).toBe('stopped');
    expect((await log.agency.ask('delete', `/recoveries/${id}`)).status).toBe(204);
  });

  it('counts the outcomes of deliveries since its start only', async () => {
    const ids = await insertMany(5);
    await log.api.sql(`update webhook_deliveries set finished_at = now() - interval '1 hour' where id = any($1)`, [
      ids,
    ]);
    const { plan_id: id } = await plan();
    await run(id);
    await runner().round();
    const end = (n: number, state: string) =>
      log.api.sql(
        `update webhook_deliveries set state = $2, finished_at = case when $2 <> 'retrying' then now() end
         where id = $1`,
        [ids[n], state],
      );
    await count();
    expect(await progress(id)).toMatchObject({ resent: 5, delivered: 0, failed: 0 });
    await end(0, 'delivered');
    await end(1, 'delivered');
    await end(2, 'failed');
    await end(3, 'retrying');
    await count();
    expect(await progress(id)).toMatchObject({ resent: 5, delivered: 2, failed: 2 });
  });

  it('is listed while it runs; plans that were never started are not', async () => {
    await insertMany(BATCH + 1);
    const { plan_id: done } = await plan({ status: ['skipped'] });
    await run(done);
    await runner().round();
    const { plan_id: running } = await plan();
    await run(running);
    await plan();
    const list = async (query: string) =>
      ((await log.agency.ask('get', `/recoveries${query}`)).body as { data: { id: string }[] }).data.map(
        ({ id }) => id,
      );
    expect(await list('?status=running')).toEqual([running]);
    expect(await list('')).toEqual([running, done]);
    const { body: first } = await log.agency.ask('get', '/recoveries?limit=1');
    expect([first.data.length, await list(`?cursor=${first.next_cursor}`)]).toEqual([1, [done]]);
    const strange = await log.agency.ask('get', '/recoveries?status=planned');
    expect([strange.status, strange.body.errors[0].field]).toEqual([400, 'status']);
    expect((await log.agency.ask('get', '/recoveries', null, 'member')).status).toBe(403);
    expect((await (await log.api.addAgency()).ask('get', '/recoveries')).body.data).toEqual([]);
  });

  it('requires an admin of the agency, and a plan expires after a day', async () => {
    await insert();
    const { plan_id: id } = await plan();
    expect((await ask({ plan_id: id }, 'member')).status).toBe(403);
    const other = await log.api.addAgency();
    expect((await other.ask('post', '/recoveries', { plan_id: id })).status).toBe(404);
    expect((await other.ask('get', `/recoveries/${id}`)).status).toBe(404);
    expect((await other.ask('delete', `/recoveries/${id}`)).status).toBe(404);
    await log.api.sql(`update recoveries set created_at = now() - interval '25 hours' where id = $1`, [id]);
    expect(await run(id)).toMatchObject({ status: 410, body: { code: 'plan_expired' } });
    // Still, after another plan was made.
    await plan();
    expect((await run(id)).status).toBe(410);
    expect(await queued()).toEqual([]);
  });
});
