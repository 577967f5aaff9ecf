import { beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { testAppPerFile } from '../../../../test/app.js';
import { insertDelivery, type NewDelivery } from '../../../../test/insert-delivery.js';
import { TenantTransaction } from '../../../database/tenant-transaction.js';
import { requeue } from './requeue.js';

// Nothing is sent.
const test = testAppPerFile({ ROLE: 'api' });
let agencyId: string;

beforeAll(async () => {
  agencyId = await test.addAgency();
});

const addWebhook = async () => (await test.addWebhook(agencyId, 'https://hooks.example.org/in')).id;
const insert = async (webhookId: string, more: Partial<NewDelivery> = {}) =>
  (await insertDelivery((text, values) => test.sql(text, values), { agencyId, webhookId, state: 'failed', ...more }))
    .id;

async function addPausedWebhook(): Promise<string> {
  const id = await addWebhook();
  await test.sql(
    `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
     values ($1, $2, now(), now() + interval '1 hour')`,
    [id, agencyId],
  );
  return id;
}

it('a batch requeues what it can, with one probe per paused webhook, and names the refusal of each other', async () => {
  const [webhook, paused, probed, off, deleted] = [
    await addWebhook(),
    await addPausedWebhook(),
    await addPausedWebhook(),
    await addWebhook(),
    await addWebhook(),
  ];
  const at = Date.now() - 60_000;
  const erased = await insert(paused, { at: at - 1 });
  const inFlight = await insert(paused, { at: at - 1, state: 'retrying' });
  const refusals = {
    [await insert(off)]: 'webhook_off',
    [await insert(deleted)]: 'webhook_off',
    [await insert(webhook, { state: 'cancelled' })]: 'cancelled',
    [await insert(webhook, { test: true })]: 'bad_request',
    [erased]: 'purged',
    [inFlight]: 'delivery_in_flight',
    [await insert(webhook, { state: 'delivered' })]: 'not_found',
    [randomUUID()]: 'not_found',
  };
  const allowed = [
    await insert(webhook),
    await insert(webhook, { state: 'skipped' }),
    await insert(paused, { at }),
    await insert(paused),
    await insert(probed),
  ];
  await test.sql(`update webhooks set is_active = false, off_reason = 'person', off_at = now() where id = $1`, [off]);
  await test.sql('update webhooks set deleted_at = now() where id = $1', [deleted]);
  await test.sql(
    `update webhook_events set body = null, purged_at = now()
     where id = (select event_id from all_deliveries where id = $1)`,
    [erased],
  );
  await test.sql(`update webhook_queue set lease_until = now() + interval '1 minute' where delivery_id = $1`, [
    inFlight,
  ]);

  const { requeued, refused } = await test.app.get(TenantTransaction).run(agencyId, (manager) =>
    requeue(manager, {
      agencyId,
      deliveryIds: [...Object.keys(refusals), ...allowed],
      states: ['failed', 'skipped', 'cancelled', 'retrying'],
      probed: [probed],
    }),
  );
  expect(requeued.map(({ id }) => id)).toEqual(allowed.toSorted());
  expect(Object.fromEntries([...refused].map(([id, { code }]) => [id, code]))).toEqual(refusals);
  const queued = await test.sql<{ id: string }>(
    `select q.delivery_id as id from webhook_queue q join all_deliveries d on d.id = q.delivery_id
     where q.due_at <= now() and d.state = 'waiting' and d.finished_at is null order by 1`,
  );
  expect(queued.map(({ id }) => id)).toEqual(allowed.toSorted());
  const probes = await test.sql<{ webhook_id: string }>(
    'select webhook_id, probe_delivery_id, paused_until <= now() as due from webhook_health where webhook_id = any($1)',
    [[paused, probed]],
  );
  expect(new Map(probes.map((row) => [row.webhook_id, row]))).toEqual(
    new Map([
      [paused, { webhook_id: paused, probe_delivery_id: allowed[2], due: true }],
      [probed, { webhook_id: probed, probe_delivery_id: null, due: false }],
    ]),
  );
});
