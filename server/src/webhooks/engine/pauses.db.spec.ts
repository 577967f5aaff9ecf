import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testAppPerFile } from '../../../test/app.js';
import { engineOf } from '../../../test/engine.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { DomainEvents } from '../../events/domain-events.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { PendingDeliveries } from './queue/pending-deliveries.js';

// One minute is 60 ms, so the standard plan ends after about 2 s.
const test = testAppPerFile({ DELAY_SCALE: '0.001' });
let agencyId: string;
let events: DomainEvents;

beforeAll(async () => {
  events = test.app.get(DomainEvents);
});
beforeEach(async () => {
  agencyId = await test.addAgency();
});
const receiver = receiverPerTest();
const { event, deliveriesOf, pending, deliveryIn } = engineOf(() => ({ test, agencyId }));

describe('a webhook that keeps failing', () => {
  const healthOf = async (webhookId: string) =>
    (
      await test.sql<{ paused: boolean; pause_count: number; failures_in_a_row: number }>(
        `select paused_until is not null as paused, pause_count, failures_in_a_row
         from webhook_health where webhook_id = $1`,
        [webhookId],
      )
    )[0]!;
  /** Five deliveries that end with their first attempt, which pauses the webhook. */
  const pausedWebhook = async (url: string) => {
    const webhook = await test.addWebhook(agencyId, url);
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since)
       values ($1, $2, 16, 4, now())`,
      [webhook.id, agencyId],
    );
    await events.publish(event());
    await eventually(async () => expect(await healthOf(webhook.id)).toMatchObject({ paused: true }));
    return webhook;
  };

  it('is paused after its fifth failed delivery, and later events wait without using their plan', async () => {
    let up = false;
    const { url, requests } = await receiver(() => ({ status: up ? 200 : 500 }));
    const webhook = await pausedWebhook(url);
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ state: 'failed', attempts: 4 }]);
    await test.sql(`update webhook_health set paused_until = now() + interval '1 hour' where webhook_id = $1`, [
      webhook.id,
    ]);
    await Promise.all(Array.from({ length: 6 }, () => events.publish(event())));
    const waiting = (await deliveriesOf(webhook.id)).slice(1);
    expect(waiting.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(
      Array.from({ length: 6 }, () => 'waiting 0'),
    );
    expect(requests).toHaveLength(4);
    // The time of the probe comes: one goes, it succeeds, and the rest drains.
    up = true;
    await test.sql(`update webhook_health set paused_until = now() where webhook_id = $1`, [webhook.id]);
    await eventually(async () =>
      expect((await deliveriesOf(webhook.id)).slice(1).every(({ state }) => state === 'delivered')).toBe(true),
    );
    expect(requests.slice(4).map((request) => request.headers['x-webhook-attempt'])).toEqual(
      Array.from({ length: 6 }, () => '1'),
    );
    expect(await healthOf(webhook.id)).toEqual({ paused: false, pause_count: 0, failures_in_a_row: 0 });
  });

  it('gets one probe at a time, the oldest delivery first, at growing intervals', async () => {
    const { url, requests } = await receiver(() => ({ status: 500 }));
    const webhook = await pausedWebhook(url);
    await test.sql(`update webhook_health set paused_until = now() + interval '1 hour' where webhook_id = $1`, [
      webhook.id,
    ]);
    await Promise.all(Array.from({ length: 3 }, () => events.publish(event())));
    const before = requests.length;
    const queue = test.app.get(DeliveryQueue);
    await test.sql(
      `update webhook_health set paused_until = now() + interval '100 milliseconds' where webhook_id = $1`,
      [webhook.id],
    );
    // Several processes ask at once.
    await eventually(async () => {
      await Promise.all([queue.claimProbes(50), queue.claimProbes(50), queue.claimProbes(50)]);
      expect((await healthOf(webhook.id)).pause_count).toBeGreaterThanOrEqual(1);
    });
    // In one look: the dispatcher goes on probing.
    const [seen] = await test.sql<{ begun: number; pause_count: number }>(
      `select h.pause_count, (
         select sum(coalesce(q.attempt, d.attempts))::int
         from all_deliveries d left join webhook_queue q on q.delivery_id = d.id
         where d.webhook_id = h.webhook_id
       ) - $2::int as begun from webhook_health h where h.webhook_id = $1`,
      [webhook.id, before],
    );
    expect(seen!.begun).toBe(seen!.pause_count);
  });

  it('gets a resend at once, as the probe', async () => {
    const { url, requests } = await receiver((_request, count) => ({ status: count > 4 ? 200 : 500 }));
    const webhook = await pausedWebhook(url);
    await test.sql(`update webhook_health set paused_until = now() + interval '1 hour' where webhook_id = $1`, [
      webhook.id,
    ]);
    const { id } = await deliveryIn(webhook.id, 'failed');
    await test.app
      .get(TenantTransaction)
      .run(agencyId, (manager) => test.app.get(PendingDeliveries).resend(manager, { agencyId, deliveryId: id }));
    await deliveryIn(webhook.id, 'delivered');
    expect(requests).toHaveLength(5);
    expect(await healthOf(webhook.id)).toMatchObject({ paused: false });
  });

  it('is switched off after 5 days, pending deliveries are skipped, and it is in the audit log', async () => {
    const { url } = await receiver(() => ({ status: 500 }));
    const webhook = await test.addWebhook(agencyId, url);
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since)
       values ($1, $2, 19, now() - interval '8 minutes')`,
      [webhook.id, agencyId],
    );
    await events.publish(event());
    const delivery = await deliveryIn(webhook.id, 'skipped');
    expect(delivery.last_reason).toBe('webhook_off');
    expect(await test.sql('select is_active, off_reason from webhooks where id = $1', [webhook.id])).toEqual([
      { is_active: false, off_reason: 'failing_5_days' },
    ]);
    expect(await test.sql('select action, actor_kind from audit_log where target_id = $1', [webhook.id])).toEqual([
      { action: 'webhook.switched_off', actor_kind: 'system' },
    ]);
    expect(await pending(webhook.id)).toBe(0);
  });
});
