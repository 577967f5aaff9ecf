import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import { HOUR_MS, recoveriesOf } from '../../../test/recoveries.js';
import { uuidv7 } from '../../lib/ids.js';
import { BATCH } from './recovery-runner.js';

const ID = '01a2094c-9329-7b3a-a231-492107023e3f';

const log = deliveryLog();

const { insert, ask, plan, run, queued, runner } = recoveriesOf(log);

describe('the plan of a recovery', () => {
  it('counts failed and skipped deliveries by the filters of the log, and sends nothing', async () => {
    const other = await log.addWebhook();
    for (const state of ['delivered', 'cancelled', 'waiting', 'retrying']) await insert({ state });
    await insert({ test: true });
    await insert({ state: 'skipped' });
    await insert({ status: 503, reason: 'down' });
    await insert({ webhookId: other, event: 'application.created', at: Date.now() - 3 * HOUR_MS });
    const before = await queued();
    expect(await plan()).toEqual({
      plan_id: expect.any(String),
      count: 3,
      left_out: { webhook_off: 0, purged: 0, conditions: 0, in_log: 0 },
      per_second: BATCH,
      first: [],
    });
    expect(await plan({ webhook_id: other })).toMatchObject({ count: 1 });
    expect(await plan({ status: ['skipped'] })).toMatchObject({ count: 1 });
    expect(await plan({ response: '5xx' })).toMatchObject({ count: 1 });
    expect(await plan({ reason: 'down' })).toMatchObject({ count: 1 });
    expect(await plan({ event: 'application.*' })).toMatchObject({ count: 1 });
    expect(await plan({ from: new Date(Date.now() - HOUR_MS).toISOString() })).toMatchObject({ count: 2 });
    await runner().round();
    expect(await queued()).toEqual(before);
  });

  it('holds the chosen deliveries that can be resent', async () => {
    const [failed, skipped, delivered] = [
      await insert(),
      await insert({ state: 'skipped' }),
      await insert({ state: 'delivered' }),
    ];
    await insert();
    const theirs = await log.api.addAgency();
    const foreign = await log.insert({
      agencyId: theirs.id,
      webhookId: await log.addWebhook(['*'], theirs),
      state: 'failed',
    });
    const chosen = { delivery_ids: [failed, skipped, delivered, foreign.id] };
    expect(await plan(chosen)).toMatchObject({ count: 2 });
    const { plan_id: id } = await plan({ ...chosen, status: ['failed'] });
    await run(id);
    await runner().round();
    expect(await queued()).toEqual([failed]);
  });

  it('leaves out what cannot be sent, with the reason', async () => {
    const [off, deleted] = [await log.addWebhook(), await log.addWebhook()];
    await insert();
    await insert({ webhookId: off });
    await insert({ webhookId: deleted });
    const { eventId } = await log.insert({ state: 'failed' });
    await log.api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [eventId]);
    await log.agency.ask('patch', `/webhooks/${off}`, { is_active: false });
    await log.agency.ask('delete', `/webhooks/${deleted}`);
    expect(await plan()).toMatchObject({ count: 1, left_out: { webhook_off: 2, purged: 1 } });
  });

  it('leaves out tests, even when filtered by their event: they cannot be resent', async () => {
    const id = await insert({ test: true, event: 'webhook.test' });
    for (const filter of [{ event: 'webhook.test' }, { delivery_ids: [id] }, { q: 'webhook.test' }])
      expect(await plan(filter)).toMatchObject({ count: 0, left_out: { webhook_off: 0, purged: 0 } });
  });

  it('is one of the newest 20 of its agency: older plans are deleted, started recoveries are not', async () => {
    await insert();
    const { plan_id: started } = await plan();
    await run(started);
    const plans: string[] = [];
    for (let n = 0; n < 22; n++) plans.push((await plan()).plan_id);
    await (await log.api.addAgency()).ask('post', '/recoveries', { filter: {}, dry_run: true });
    const kept = await log.api.sql<{ id: string }>('select id from recoveries where agency_id = $1', [log.agency.id]);
    expect(kept.map(({ id }) => id).sort()).toEqual([started, ...plans.slice(2)].sort());
    expect((await run(plans[0]!)).status).toBe(404);
    expect((await run(plans[2]!)).status).toBe(202);
  });

  it('refuses a filter that matches more than 20,000', async () => {
    await log.api.sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason, attempts)
       select (left($3, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, gen_random_uuid(),
         'offer.sent', 'failed', 'down', 1
       from generate_series(1, 20001) n`,
      [log.agency.id, log.webhookId, uuidv7()],
    );
    const answer = await ask({ filter: {}, dry_run: true });
    expect([answer.status, answer.body.errors?.[0]]).toMatchObject([400, { field: 'filter', code: 'too_many' }]);
    expect(await log.api.sql('select from recoveries where agency_id = $1', [log.agency.id])).toEqual([]);
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
    [{ filter: { event: null }, dry_run: true }, 'filter.event'],
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
