import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testAppPerFile } from '../../../test/app.js';
import { engineOf, placement } from '../../../test/engine.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { allSlots } from '../../../test/all-slots.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { PendingDeliveries } from './queue/pending-deliveries.js';

/* Answers that do not mean that the receiver is down: 429 for the webhook, 422 and the like for one message. */

// A hold without Retry-After is 30 ms, doubling to 900 ms.
const test = testAppPerFile({ DELAY_SCALE: '0.001' });
let agencyId: string;
let events: DomainEvents;
let queue: DeliveryQueue;

beforeAll(async () => {
  events = test.app.get(DomainEvents);
  queue = test.app.get(DeliveryQueue);
});
beforeEach(async () => {
  agencyId = await test.addAgency();
});
const receiver = receiverPerTest();
const { event, deliveriesOf } = engineOf(() => ({ test, agencyId }));
const publish = (count: number, candidateId?: string) => {
  const data = { ...exampleData(placement), ...(candidateId !== undefined && { candidateId }) };
  return events.publishAll(Array.from({ length: count }, () => event({ data })));
};

const healthOf = async (webhookId: string) =>
  (
    await test.sql<{ held: boolean; holds: number; paused: boolean; failures: number; failing: boolean; down: number }>(
      `select held_until > now() as held, holds, paused_until is not null as paused, failures_in_a_row as failures,
         failing_since is not null as failing, down_attempts as down
       from webhook_health where webhook_id = $1`,
      [webhookId],
    )
  )[0];
const countsOf = async (webhookId: string) => {
  const rows = await test.sql<{ text: string; count: number }>(
    `select concat_ws(' ', d.state, d.last_reason, d.attempts) as text, count(*)::int as count
     from all_deliveries d where d.webhook_id = $1 group by 1`,
    [webhookId],
  );
  return Object.fromEntries(rows.map(({ text, count }) => [text, count]));
};
const endHold = (webhookId: string) =>
  test.sql('update webhook_health set held_until = now() where webhook_id = $1', [webhookId]);

describe('a receiver that answers 429', () => {
  /** Held for an hour, after a batch of 40. */
  const heldWebhook = async (url: string) => {
    const webhook = await test.addWebhook(agencyId, url);
    await publish(40);
    await eventually(async () => {
      expect(await healthOf(webhook.id)).toMatchObject({ held: true });
      expect(
        await test.sql('select from webhook_queue where webhook_id = $1 and token is not null', [webhook.id]),
      ).toHaveLength(0);
    });
    return webhook;
  };

  it('gets nothing more of a batch of 40 after the first 429, and no delivery loses a try', async () => {
    const { url, requests } = await receiver(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    const webhook = await heldWebhook(url);
    expect(requests.length).toBeLessThanOrEqual(10);
    expect(await countsOf(webhook.id)).toEqual({
      'retrying rate_limited 1': requests.length,
      'waiting 0': 40 - requests.length,
    });
    expect(
      await test.sql('select max(failures) as failures from webhook_queue where webhook_id = $1', [webhook.id]),
    ).toEqual([{ failures: 0 }]);
    // Neither of what waits nor of what is new is anything claimed.
    await publish(3);
    const slots = allSlots({ total: 100, perWebhook: 100, perAgency: 100 });
    expect((await queue.claim(slots)).deliveries).toEqual([]);
    expect(await queue.claimProbes(50)).toEqual([]);
    const health = { held: true, holds: 1, paused: false, failures: 0, failing: false, down: 0 };
    expect(await healthOf(webhook.id)).toEqual(health);
  });

  it('gets one request when the hold ends, and after its success the rest', async () => {
    let up = false;
    let answerProbe = (): void => undefined;
    const probed = new Promise<void>((resolve) => (answerProbe = resolve));
    const { url, requests } = await receiver(() =>
      up ? { after: probed } : { status: 429, headers: { 'retry-after': '3600' } },
    );
    const webhook = await heldWebhook(url);
    const before = requests.length;
    up = true;
    await endHold(webhook.id);
    await eventually(() => expect(requests.length).toBe(before + 1));
    const slots = allSlots({ total: 100, perWebhook: 100, perAgency: 100 });
    expect((await queue.claim(slots)).deliveries).toEqual([]);
    expect(await queue.claimProbes(50)).toEqual([]);
    answerProbe();
    await eventually(async () =>
      expect((await deliveriesOf(webhook.id)).map(({ state }) => state)).toEqual(Array(40).fill('delivered')),
    );
    expect(requests).toHaveLength(before + 40);
    expect(await healthOf(webhook.id)).toMatchObject({ held: null, holds: 0, failures: 0 });
  });

  it('gets a resend at once, as the probe', async () => {
    let up = false;
    const { url, requests } = await receiver(() => (up ? {} : { status: 429, headers: { 'retry-after': '3600' } }));
    const webhook = await heldWebhook(url);
    up = true;
    const waiting = (await deliveriesOf(webhook.id)).filter(({ state }) => state === 'waiting')[5]!;
    await test.app
      .get(TenantTransaction)
      .run(agencyId, (manager) =>
        test.app.get(PendingDeliveries).resend(manager, { agencyId, deliveryId: waiting.id }),
      );
    const before = requests.length;
    await eventually(() => expect(requests.length).toBeGreaterThan(before));
    expect(requests[before]!.headers['x-webhook-delivery']).toBe(waiting.id);
  });

  it('counts as failing after 24 hours of refusals only', async () => {
    const { url } = await receiver(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    const webhook = await heldWebhook(url);
    // 24 hours are 86.4 s.
    await test.sql(
      `update webhook_health set held_since = now() - interval '87 seconds', held_until = now() where webhook_id = $1`,
      [webhook.id],
    );
    await eventually(async () =>
      expect(await healthOf(webhook.id)).toEqual({
        ...{ held: true, holds: 2, paused: false, failures: 1, failing: true, down: 1 },
      }),
    );
  });

  it('to more than so many requests in a row gets 1,000 events, and none fails', async () => {
    let left = 120;
    let refusesUntil = 0;
    const taken = new Set<unknown>();
    let refused = 0;
    const { url } = await receiver(({ headers, atMs }) => {
      if (atMs < refusesUntil) {
        refused++;
        return { status: 429 };
      }
      taken.add(headers['webhook-id']);
      if (--left === 0) {
        left = 120;
        refusesUntil = atMs + 250;
      }
      return {};
    });
    const webhook = await test.addWebhook(agencyId, url);
    for (let n = 0; n < 5; n++) await publish(200);
    await eventually(() => expect(taken.size).toBe(1_000), 60_000);
    await eventually(async () => {
      const counts = await test.sql(
        'select state, count(*)::int from all_deliveries where webhook_id = $1 group by 1',
        [webhook.id],
      );
      expect(counts).toEqual([{ state: 'delivered', count: 1_000 }]);
    });
    expect(refused).toBeGreaterThan(0);
    const attempts = await test.sql(
      `select reason, count(*)::int from all_attempts where webhook_id = $1 group by 1 order by 1`,
      [webhook.id],
    );
    expect(attempts).toEqual([
      { reason: 'ok', count: 1_000 },
      { reason: 'rate_limited', count: refused },
    ]);
    expect(await healthOf(webhook.id)).toMatchObject({ holds: 0, paused: false, failures: 0, failing: false });
  });
});

describe('a receiver that refuses some messages', () => {
  it('with 400, 413, 415 or 422 is not paused by a batch of them, and gets the others', async () => {
    const statuses = [400, 413, 415, 422];
    const { url, requests } = await receiver(({ body }, count) =>
      body.includes('odd-candidate') ? { status: statuses[count % 4]! } : {},
    );
    const webhook = await test.addWebhook(agencyId, url);
    await publish(60, 'odd-candidate');
    await publish(5);
    // All of them fail by their plan.
    await eventually(async () => {
      const states = await test.sql(
        `select state, attempts, count(*)::int from all_deliveries where webhook_id = $1 group by 1, 2 order by 1`,
        [webhook.id],
      );
      expect(states).toEqual([
        { state: 'delivered', attempts: 1, count: 5 },
        { state: 'failed', attempts: 4, count: 60 },
      ]);
    });
    expect(requests).toHaveLength(60 * 4 + 5);
    expect(await healthOf(webhook.id)).toMatchObject({ paused: false, down: 0, failing: true });
  });

  it('with 422 gets the others soon, behind 300 of them', async () => {
    const { url, requests } = await receiver(({ body }) => (body.includes('odd-candidate') ? { status: 422 } : {}));
    const webhook = await test.addWebhook(agencyId, url);
    await publish(300, 'odd-candidate');
    await publish(5);
    await eventually(async () =>
      expect((await deliveriesOf(webhook.id)).filter(({ state }) => state === 'delivered')).toHaveLength(5),
    );
    // Each was tried once before, and perhaps some retries came between.
    expect(requests.findIndex(({ body }) => !body.includes('odd-candidate'))).toBeLessThan(450);
    expect(await healthOf(webhook.id)).toMatchObject({ paused: false, down: 0 });
  });

  it('with 500, and is paused, gets one of the others within three probes, behind 300 of them', async () => {
    const { url, requests } = await receiver(({ body }) => (body.includes('odd-candidate') ? { status: 500 } : {}));
    const webhook = await test.addWebhook(agencyId, url);
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
       values ($1, $2, now(), now() + interval '1 hour')`,
      [webhook.id, agencyId],
    );
    await publish(300, 'odd-candidate');
    await publish(5);
    await test.sql('update webhook_health set paused_until = now() where webhook_id = $1', [webhook.id]);
    await eventually(() => expect(requests.some(({ body }) => !body.includes('odd-candidate'))).toBe(true));
    expect(requests.findIndex(({ body }) => !body.includes('odd-candidate'))).toBeLessThan(3);
  });
});
