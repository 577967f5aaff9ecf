import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { testAppPerFile } from '../../../test/app.js';
import { engineOf, placement, type DeliveryRow } from '../../../test/engine.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { PendingDeliveries } from './queue/pending-deliveries.js';
import { EngineCounts } from './engine-counts.js';
import { RetryScheduler } from './retry.scheduler.js';

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
const { event, deliveriesOf, attemptsOf, pending, deliveryIn } = engineOf(() => ({ test, agencyId }));

describe('a published event', () => {
  it('arrives once and its attempt is logged', async () => {
    const { url, requests } = await receiver();
    const webhook = await test.addWebhook(agencyId, `${url}/hook`);
    const accepted = await events.publish(event());
    expect(accepted.deliveries).toBe(1);
    const delivery = await deliveryIn(webhook.id, 'delivered');
    expect(delivery).toMatchObject({ attempts: 1, last_status: 200, last_reason: 'ok', next_attempt_at: null });
    expect(requests).toHaveLength(1);
    expect(requests[0]!.headers).toMatchObject({
      'webhook-id': accepted.id,
      'x-webhook-delivery': delivery.id,
      'x-webhook-attempt': '1',
    });
    expect(await attemptsOf(delivery.id)).toMatchObject([{ n: 1, outcome: 'succeeded', status: 200, fenced: false }]);
    expect(await pending(webhook.id)).toBe(0);
  });

  it('creates no delivery for an unsubscribed webhook, and a skipped one for a webhook that is off', async () => {
    const { url, requests } = await receiver();
    const other = await test.addWebhook(agencyId, url, { events: ['application.*'] });
    const off = await test.addWebhook(agencyId, url);
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [off.id]);
    const published = event({ id: 'counted' });
    const receipt = await events.publish(published);
    expect(receipt).toMatchObject({ deliveries: 0, skipped: 1 });
    expect(await events.publish(published)).toEqual(receipt);
    expect(await deliveriesOf(other.id)).toEqual([]);
    expect(await deliveriesOf(off.id)).toMatchObject([{ state: 'skipped', last_reason: 'webhook_off' }]);
    expect(await pending(off.id)).toBe(0);
    expect(requests).toEqual([]);
  });

  it('is stored once however often it is published with the same key', async () => {
    const { url, requests } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    const keyed = event({ id: 'same' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => events.publish({ ...keyed })));
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    await deliveryIn(webhook.id, 'delivered');
    expect(requests).toHaveLength(1);
    await expect(
      events.publish({ ...keyed, data: { ...exampleData(placement), jobId: 'other' } }),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  it('is stored with the caller’s transaction or not at all', async () => {
    const { url, requests } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    const transaction = test.app.get(TenantTransaction);
    const failing = transaction.run(agencyId, async (manager) => {
      await events.publish(event(), { manager });
      throw new Error('the state could not be saved');
    });
    await expect(failing).rejects.toThrow('could not be saved');
    expect(await deliveriesOf(webhook.id)).toEqual([]);
    await transaction.run(agencyId, (manager) => events.publish(event(), { manager }));
    await deliveryIn(webhook.id, 'delivered');
    expect(requests).toHaveLength(1);
  });

  it('cannot be put into a transaction of another agency', async () => {
    const foreign = await test.addAgency();
    const publishing = test.app.get(TenantTransaction).run(foreign, (manager) => events.publish(event(), { manager }));
    await expect(publishing).rejects.toThrow('another agency');
  });

  it('may be emitted in process, and the emitter learns when it was not stored', async () => {
    const { url } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    const emitter = test.app.get(EventEmitter2);
    await emitter.emitAsync('placement.created', { agencyId, data: exampleData(placement) });
    await deliveryIn(webhook.id, 'delivered');
    await expect(emitter.emitAsync('placement.created', { agencyId, data: {} })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it('in an array is stored completely or not at all', async () => {
    const { url } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    const refused = events.publishAll([event(), event({ agencyId: randomUUID() })]);
    await expect(refused).rejects.toMatchObject({ errors: [{ field: '1.agencyId', code: 'unknown_agency' }] });
    expect(await deliveriesOf(webhook.id)).toEqual([]);
    const answers = await events.publishAll([event({ id: 'a' }), event({ id: 'b' }), event({ id: 'a' })]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[1]!.id).not.toBe(answers[0]!.id);
  });

  it('is stored despite a bad neighbour', async () => {
    const { url } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    const results = await Promise.allSettled([
      events.publish(event()),
      events.publish(event({ agencyId: randomUUID() })),
      events.publish(event()),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await deliveriesOf(webhook.id)).toHaveLength(2);
  });
});

describe('a failing receiver', () => {
  it('is retried after 1, 5 and 30 minutes, never earlier, and then the delivery has failed', async () => {
    const { url, requests } = await receiver(() => ({ status: 500 }));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const delivery = await deliveryIn(webhook.id, 'failed');
    expect(delivery).toMatchObject({
      attempts: 4,
      last_reason: 'server_error',
      last_status: 500,
      next_attempt_at: null,
    });
    expect(delivery.finished_at).not.toBeNull();
    const waits = requests.slice(1).map((request, index) => request.atMs - requests[index]!.atMs);
    expect(waits).toHaveLength(3);
    [60, 300, 1800].forEach((planned, index) => expect(waits[index]).toBeGreaterThanOrEqual(planned - 5));
    expect(requests.map((request) => request.headers['x-webhook-attempt'])).toEqual(['1', '2', '3', '4']);
    expect(new Set(requests.map((request) => request.headers['webhook-id'])).size).toBe(1);
    expect(await pending(webhook.id)).toBe(0);
  });

  it('that recovers gets the message', async () => {
    const { url } = await receiver((_request, count) => ({ status: count === 1 ? 503 : 200 }));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const delivery = await deliveryIn(webhook.id, 'delivered');
    expect(await attemptsOf(delivery.id)).toMatchObject([
      { n: 1, reason: 'down', status: 503 },
      { n: 2, reason: 'ok', status: 200 },
    ]);
  });

  it('is not retried earlier than it asks', async () => {
    const { url, requests } = await receiver((_request, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '1' } } : {},
    );
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    await deliveryIn(webhook.id, 'delivered');
    expect(requests[1]!.atMs - requests[0]!.atMs).toBeGreaterThanOrEqual(995);
  });

  it('that answers 410 switches its webhook off, and its pending deliveries are skipped', async () => {
    let answer: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (answer = resolve));
    const { url } = await receiver((_request, count) =>
      count === 1 ? { status: 410, after: first } : { status: 500 },
    );
    // Long enough that the second delivery is still to be retried when the first is answered.
    const webhook = await test.addWebhook(agencyId, url, { retryPlan: 'day' });
    await events.publish(event());
    await events.publish(event());
    await eventually(async () =>
      expect((await deliveriesOf(webhook.id)).some((delivery) => delivery.state === 'retrying')).toBe(true),
    );
    answer();
    await eventually(async () => {
      await test.app.get(RetryScheduler).sweep();
      const states = (await deliveriesOf(webhook.id)).map(({ state, last_reason }) => `${state} ${last_reason}`);
      expect(states.sort()).toEqual(['failed gone', 'skipped webhook_off']);
    });
    expect(await test.sql('select is_active, off_reason from webhooks where id = $1', [webhook.id])).toEqual([
      { is_active: false, off_reason: 'gone' },
    ]);
    expect(await pending(webhook.id)).toBe(0);
  });

  it('makes no claim for each further event, which could take nothing', async () => {
    const forever = new Promise(() => undefined);
    const { url } = await receiver(() => ({ after: forever }));
    const webhook = await test.addWebhook(agencyId, url);
    const claims = async () => {
      const { values } = await test.app.get(EngineCounts).statements.get();
      return (
        values.find((one) => one.metricName?.endsWith('_count') && one.labels['statement'] === 'claim')?.value ?? 0
      );
    };
    await events.publishAll(Array.from({ length: 20 }, () => event()));
    await eventually(async () => expect(await pending(webhook.id)).toBe(20));
    const [before, began] = [await claims(), Date.now()];
    for (let n = 0; n < 100; n++) await events.publish(event());
    // Those that poll, and one that was in progress.
    expect((await claims()) - before).toBeLessThanOrEqual(2 + (Date.now() - began) / 125);
  });

  it('does not hold up another one', async () => {
    const forever = new Promise(() => undefined);
    const hanging = await receiver(() => ({ after: forever }));
    const healthy = await receiver();
    await test.addWebhook(agencyId, hanging.url);
    const webhook = await test.addWebhook(agencyId, healthy.url);
    await Promise.all(Array.from({ length: 40 }, () => events.publish(event())));
    await eventually(() => expect(healthy.requests).toHaveLength(40), 3_500);
    await eventually(async () =>
      expect((await deliveriesOf(webhook.id)).every((delivery) => delivery.state === 'delivered')).toBe(true),
    );
  });
});

describe('a lost lease', () => {
  const holdLease = async (deliveryId: string, interruptions: number) =>
    test.sql(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, attempt, interruptions,
         token, lease_until, logged)
       select id, agency_id, webhook_id, event_id, event_type, 5, $2, gen_random_uuid(), now() - interval '1 second',
         true
       from all_deliveries where id = $1`,
      [deliveryId, interruptions],
    );

  it('is recorded as an interrupted attempt and the delivery is sent again', async () => {
    const { url, requests } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const { id } = await deliveryIn(webhook.id, 'delivered');
    await test.sql(`update webhook_deliveries set state = 'retrying' where id = $1`, [id]);
    await holdLease(id, 0);
    await eventually(() => expect(requests).toHaveLength(2));
    await deliveryIn(webhook.id, 'delivered');
    expect(await attemptsOf(id)).toMatchObject([
      { n: 1, outcome: 'succeeded' },
      { n: 5, outcome: 'interrupted' },
      { n: 6, outcome: 'succeeded' },
    ]);
  });

  it('for the tenth time in a row ends the delivery', async () => {
    const { url, requests } = await receiver();
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const { id } = await deliveryIn(webhook.id, 'delivered');
    await test.sql(`update webhook_deliveries set state = 'retrying' where id = $1`, [id]);
    await holdLease(id, 9);
    const delivery = await deliveryIn(webhook.id, 'failed');
    expect(delivery.last_reason).toBe('interrupted');
    expect(requests).toHaveLength(1);
    expect(await pending(webhook.id)).toBe(0);
  });

  it('is found though intake, which claims at once, leaves nothing in the index that claims walk', async () => {
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const { url, requests } = await receiver((_request, count) => (count === 1 ? { after: late } : {}));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    await eventually(() => expect(requests).toHaveLength(1));
    const rows = () => test.sql('select due_at from webhook_queue where webhook_id = $1', [webhook.id]);
    expect(await rows()).toEqual([{ due_at: null }]);
    await test.sql(`update webhook_queue set lease_until = now() - interval '1 second' where webhook_id = $1`, [
      webhook.id,
    ]);
    await deliveryIn(webhook.id, 'delivered');
    answer();
  });

  it('fences the late result: it is recorded and changes nothing', async () => {
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const { url, requests } = await receiver((_request, count) => (count === 1 ? { status: 500, after: late } : {}));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    await eventually(() => expect(requests).toHaveLength(1));
    // Another process considers this one dead.
    await test.sql(`update webhook_queue set lease_until = now() - interval '1 second' where webhook_id = $1`, [
      webhook.id,
    ]);
    const { id } = await deliveryIn(webhook.id, 'delivered');
    expect(await attemptsOf(id)).toMatchObject([
      { n: 1, outcome: 'interrupted' },
      { n: 2, outcome: 'succeeded' },
    ]);
    answer();
    await eventually(async () =>
      expect((await attemptsOf(id))[0]).toMatchObject({ n: 1, outcome: 'failed', status: 500, fenced: true }),
    );
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ state: 'delivered', attempts: 2, last_status: 200 }]);
  });
});

describe('resending', () => {
  const resend = (deliveryId: string) =>
    test.app
      .get(TenantTransaction)
      .run(agencyId, (manager) => test.app.get(PendingDeliveries).resend(manager, { agencyId, deliveryId }));

  it('adds attempts to the same delivery, with a new plan', async () => {
    const { url, requests } = await receiver((_request, count) => ({ status: count <= 5 ? 500 : 200 }));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const { id } = await deliveryIn(webhook.id, 'failed');
    await resend(id);
    const delivery = await deliveryIn(webhook.id, 'delivered');
    expect(delivery).toMatchObject({ id, attempts: 6 });
    expect(requests.map((request) => request.headers['x-webhook-delivery'])).toEqual(
      Array.from({ length: 6 }, () => id),
    );
  });

  it('a delivered delivery leaves it delivered whatever the result', async () => {
    const { url, requests } = await receiver((_request, count) => ({ status: count === 1 ? 200 : 500 }));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    const { id } = await deliveryIn(webhook.id, 'delivered');
    await resend(id);
    await eventually(async () => expect(await pending(webhook.id)).toBe(0));
    expect(requests).toHaveLength(5);
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ state: 'delivered', attempts: 5 }]);
  });

  it('is refused while the delivery is being sent, while the webhook is off, and after erasure', async () => {
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const { url, requests } = await receiver(() => ({ after: late }));
    const webhook = await test.addWebhook(agencyId, url);
    await events.publish(event());
    await eventually(() => expect(requests).toHaveLength(1));
    const [{ id }] = (await deliveriesOf(webhook.id)) as [DeliveryRow];
    await expect(resend(id)).rejects.toMatchObject({ code: 'delivery_in_flight' });
    answer();
    await deliveryIn(webhook.id, 'delivered');
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [webhook.id]);
    await expect(resend(id)).rejects.toMatchObject({ code: 'webhook_off' });
    await test.sql(`update webhooks set is_active = true, off_reason = null where id = $1`, [webhook.id]);
    await test.sql(
      `update webhook_events e set body = null, purged_at = now()
       from all_deliveries d where d.event_id = e.id and d.id = $1`,
      [id],
    );
    await expect(resend(id)).rejects.toMatchObject({ code: 'purged' });
    await expect(resend(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });
});
