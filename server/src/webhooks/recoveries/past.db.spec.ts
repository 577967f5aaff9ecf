import { expect, it } from '@jest/globals';
import { type Agency, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerFile } from '../../../test/receiver.js';
import { DAY_MS } from '../../lib/time.js';
import { DomainEvents } from '../../events/domain-events.js';
import { findEvent, exampleData } from '../../events/catalogue/catalogue.js';
import { RecoveryRunner } from './recovery-runner.js';

/* `include_past`: what happened before a webhook existed is sent to it. */

const api = apiPerFile();
let agency: Agency;
const receiver = receiverPerFile();

const CHANGED = 'application.status_changed';
async function publish(type: string, more: Record<string, unknown> = {}): Promise<string> {
  const data = { ...exampleData(findEvent(type)!), ...more };
  return (await api.app.get(DomainEvents).publish({ type, agencyId: agency.id, data })).id;
}
async function addWebhook(more: object = {}): Promise<string> {
  const { status, body } = await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'], ...more });
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}
const ask = (past: object, role: 'admin' | 'member' = 'admin') =>
  agency.ask('post', '/recoveries', { include_past: past, dry_run: true }, role);
async function plan(webhookId: string, days = 7) {
  const { status, body } = await ask({ webhook_id: webhookId, days });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as { plan_id: string; count: number; left_out: object; first: { id: string; about: object | null }[] };
}
const run = (planId: string) => agency.ask('post', '/recoveries', { plan_id: planId });
const progress = async (id: string) => (await agency.ask('get', `/recoveries/${id}`)).body;
const idsSent = () => receiver.requests.map(({ headers }) => headers['webhook-id']);
const NOTHING = { webhook_off: 0, purged: 0, conditions: 0, in_log: 0 };

it('a new webhook gets earlier events once, by its events, conditions and content, and no erased one', async () => {
  agency = await api.addAgency();
  const hired = [await publish(CHANGED, { newStatus: 'hired' }), await publish(CHANGED, { newStatus: 'hired' })];
  await publish(CHANGED, { newStatus: 'rejected' });
  const offer = await publish('offer.sent');
  const erased = await publish('offer.sent');
  await publish('placement.created');
  await api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [erased]);
  const webhookId = await addWebhook({
    events: [CHANGED, 'offer.sent'],
    conditions: [{ event: CHANGED, all: [{ field: 'newStatus', op: 'is', value: 'hired' }] }],
    content: 'ids',
  });

  const wanted = [...hired, offer];
  const made = await plan(webhookId);
  expect(made).toMatchObject({ count: 3, left_out: { ...NOTHING, purged: 1, conditions: 1 }, per_second: 50 });
  expect(made.first.map(({ id }) => id)).toEqual(wanted);
  expect(made.first[0]!.about).toMatchObject({ label: expect.any(String) });
  expect(await api.sql('select from all_deliveries where webhook_id = $1', [webhookId])).toEqual([]);

  // Erased since the plan, and one sent otherwise since.
  await api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [hired[1]]);
  expect((await run(made.plan_id)).body).toMatchObject({ status: 'running', webhook_id: webhookId, count: 3 });
  await eventually(async () =>
    expect(await progress(made.plan_id)).toMatchObject({ status: 'done', resent: 2, passed_over: 1 }),
  );
  await eventually(() => expect(idsSent().toSorted()).toEqual([hired[0], offer].toSorted()));
  expect(JSON.stringify(receiver.requests.map(({ body }) => body))).not.toContain('candidateName');
  await eventually(async () => {
    const { body } = await agency.ask('get', `/deliveries?webhook_id=${webhookId}`);
    expect(body.data).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
  });

  // Not again: neither by the same plan nor by another, nor by two at once.
  await run(made.plan_id);
  expect(await plan(webhookId)).toMatchObject({
    count: 0,
    left_out: { ...NOTHING, purged: 2, conditions: 1, in_log: 2 },
  });
  const later = await publish('placement.created');
  await agency.ask('patch', `/webhooks/${webhookId}`, { events: ['placement.created'], conditions: [] });
  const [one, two] = [await plan(webhookId), await plan(webhookId)];
  expect([one.count, two.count]).toEqual([2, 2]);
  await Promise.all([run(one.plan_id), run(two.plan_id)]);
  await eventually(async () => {
    const [first, second] = [await progress(one.plan_id), await progress(two.plan_id)];
    expect([first.status, second.status, first.resent + second.resent]).toEqual(['done', 'done', 2]);
  });
  await eventually(() => expect(idsSent()).toHaveLength(4));
  expect(idsSent()).toContain(later);
  expect(new Set(idsSent()).size).toBe(4);

  const audited = await api.sql<{ details: object }>(
    `select details from audit_log where target_id = $1 and action = 'recovery.started'`,
    [made.plan_id],
  );
  expect(audited).toEqual([{ details: { count: 3, resent: 0, webhook_id: webhookId } }]);
});

it('is paced, can be stopped, and sends nothing once the webhook is off', async () => {
  agency = await api.addAgency();
  for (let n = 0; n < 60; n++) await publish('offer.sent');
  const webhookId = await addWebhook();
  const runner = api.app.get(RecoveryRunner);
  const { plan_id: id, count } = await plan(webhookId);
  expect(count).toBe(60);
  const queued = async () =>
    (
      await api.sql<{ count: number }>('select count(*)::int from all_deliveries where webhook_id = $1', [webhookId])
    )[0];
  await run(id);
  await runner.round();
  await eventually(async () => expect(await progress(id)).toMatchObject({ resent: 50 }));
  expect(await queued()).toEqual({ count: 50 });
  expect((await agency.ask('delete', `/recoveries/${id}`)).status).toBe(204);
  await api.sql(`update recoveries set next_batch_at = now() - interval '1 second' where id = $1`, [id]);
  await runner.round();
  expect(await queued()).toEqual({ count: 50 });

  const { plan_id: rest } = await plan(webhookId);
  await agency.ask('patch', `/webhooks/${webhookId}`, { is_active: false });
  await api.sql(`update webhooks set undo_until = now() + interval '1 minute' where id = $1`, [webhookId]);
  await api.sql(`update recoveries set next_batch_at = now() - interval '1 second' where agency_id = $1`, [agency.id]);
  await run(rest);
  await runner.round();
  expect(await progress(rest)).toMatchObject({ status: 'running', passed_over: 0 });
  await api.sql('update webhooks set undo_until = null where id = $1', [webhookId]);
  expect(await plan(webhookId)).toMatchObject({ count: 0, left_out: { webhook_off: 10, in_log: 50 } });
  await eventually(async () =>
    expect(await progress(rest)).toMatchObject({ status: 'done', resent: 0, passed_over: 10 }),
  );
});

it('looks back only as far as asked, and refuses what it cannot do', async () => {
  agency = await api.addAgency();
  await publish('offer.sent');
  const old = await publish('offer.sent');
  await api.sql(`update webhook_events set id = $2, accepted_at = now() - interval '8 days' where id = $1`, [
    old,
    `${(Date.now() - 8 * DAY_MS)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`,
  ]);
  const webhookId = await addWebhook();
  expect(await plan(webhookId, 7)).toMatchObject({ count: 1 });
  expect(await plan(webhookId, 30)).toMatchObject({ count: 2 });

  const other = await api.addAgency();
  expect((await ask({ webhook_id: webhookId, days: 7 }, 'member')).status).toBe(403);
  const foreign = { include_past: { webhook_id: webhookId, days: 7 }, dry_run: true };
  expect((await other.ask('post', '/recoveries', foreign)).body).toMatchObject({ status: 404, code: 'not_found' });
  const wrong: [object, string][] = [
    [{ include_past: { webhook_id: webhookId, days: 31 }, dry_run: true }, 'include_past.days'],
    [{ include_past: { webhook_id: webhookId, days: 0 }, dry_run: true }, 'include_past.days'],
    [{ include_past: { webhook_id: 'x', days: 1 }, dry_run: true }, 'include_past.webhook_id'],
    [{ include_past: { webhook_id: webhookId, days: 7 } }, 'dry_run'],
    [{ ...foreign, filter: {} }, 'include_past'],
  ];
  for (const [body, field] of wrong) {
    const answer = await agency.ask('post', '/recoveries', body);
    expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([400, field]);
  }
});

it('judges the conditions of many events page by page; plans of an agency take turns', async () => {
  agency = await api.addAgency();
  for (let n = 0; n < 230; n++) await publish(CHANGED, { newStatus: n % 2 ? 'hired' : 'rejected' });
  const conditions = [{ event: CHANGED, all: [{ field: 'newStatus', op: 'is', value: 'hired' }] }];
  const webhookId = await addWebhook({ events: [CHANGED], conditions });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ webhook_id: webhookId, days: 7 })));
  const planned = answers.filter(({ status }) => status === 200);
  for (const { body } of planned) expect(body).toMatchObject({ count: 115, left_out: { conditions: 115 } });
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { body } of refused) expect(body).toMatchObject({ status: 429, code: 'too_many_requests' });
  expect(planned.length).toBeGreaterThanOrEqual(3);
});
