import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  deliveriesOf,
  deliveryDetail,
  onlyDelivery,
  publish,
  recruiter,
  type DeliveryDetail,
} from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/** Plan `standard` is 1, 5 and 30 minutes; scaled: 0.03, 0.15 and 0.9 s, +0–10 %. */
const SCALE = 0.0005;
/** How much later than planned a try may come on a busy machine. */
const BUSY_MS = 10_000;
const DELAYS_MS = [60_000, 300_000, 1_800_000].map((ms) => ms * SCALE);

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([
    // For a receiver that hangs; others have to answer in time even on a busy machine.
    startServer({ env: { DELAY_SCALE: String(SCALE), ATTEMPT_TIMEOUT_MS: '3000', LEASE_MS: '10000' } }),
    startReceiver(),
  ]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

async function removeWebhook(id: string): Promise<void> {
  expect((await recruiter(server).delete(`/api/recruiter/webhooks/${id}`)).status).toBe(204);
}

async function settled(webhookId: string, status: string): Promise<DeliveryDetail> {
  return eventually(
    async () => {
      const delivery = await onlyDelivery(server, webhookId);
      expect(delivery.status).toBe(status);
      return delivery;
    },
    { timeoutMs: 20_000 },
  );
}

describe('a failed attempt', () => {
  it('with 503, then 200, is retried on schedule and logged as two attempts', async () => {
    receiver.script('/once-down', { status: 503, body: 'down for a moment' }, 200);
    const webhook = await addWebhook(server, { url: receiver.url('/once-down') });
    await publish(server, applicationCreated(server));
    const delivery = await settled(webhook.id, 'delivered');

    expect(delivery).toMatchObject({ attempts: 2, response_status: 200, reason: 'ok', next_attempt_at: null });
    expect(delivery.timeline).toMatchObject([
      { n: 1, outcome: 'failed', reason: 'down', response_status: 503 },
      { n: 2, outcome: 'succeeded', reason: 'ok', response_status: 200 },
    ]);
    const [first, second, ...more] = receiver.requests('/once-down');
    expect(more).toEqual([]);
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(DELAYS_MS[0]!);
    expect(second!.at - first!.at).toBeLessThan(DELAYS_MS[0]! * 1.1 + BUSY_MS);
    expect([first!.headers['x-webhook-attempt'], second!.headers['x-webhook-attempt']]).toEqual(['1', '2']);
    for (const name of ['webhook-id', 'x-webhook-delivery', 'x-webhook-signature', 'x-webhook-event']) {
      expect(second!.headers[name]).toBe(first!.headers[name]);
    }
    expect(second!.body.equals(first!.body)).toBe(true);
    const content = await recruiter(server).get(`/api/recruiter/deliveries/${delivery.id}/content`);
    expect(content.body).toMatchObject({
      body: first!.body.toString(),
      attempts: [
        { n: 1, response_body: 'down for a moment' },
        { n: 2, response_body: 'OK' },
      ],
    });
  });

  it('after 429 waits as long as its receiver asked, like all others of the webhook, at no cost', async () => {
    const slowDown = { status: 429, headers: { 'retry-after': '2' }, body: 'too fast' };
    receiver.script('/slow-down', slowDown);
    const webhook = await addWebhook(server, { url: receiver.url('/slow-down') });
    await publish(server, applicationCreated(server));
    const now = () => recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`);
    await eventually(async () => expect((await now()).body).toMatchObject({ health: 'slowed_down' }));
    for (let n = 0; n < 5; n++) await publish(server, applicationCreated(server));
    await eventually(async () => {
      const states = (await deliveriesOf(server, webhook.id)).map(({ status }) => status);
      expect(states).toEqual(Array(6).fill('delivered'));
    });
    const [refused, ...others] = receiver.requests('/slow-down');
    expect(others).toHaveLength(6);
    for (const { at } of others) expect(at - refused!.at).toBeGreaterThanOrEqual(2_000);
    const { 'x-webhook-delivery': id } = refused!.headers;
    const { attempts, timeline } = await deliveryDetail(server, id as string);
    expect([attempts, timeline.map(({ reason }) => reason)]).toEqual([2, ['rate_limited', 'ok']]);
    const after = { health: 'healthy', held_until: null, failures_in_a_row: 0, last_24h: { failed_attempts: 0 } };
    expect((await now()).body).toMatchObject(after);
    await removeWebhook(webhook.id);
  });

  it('is retried after 1, 5 and 30 minutes, never earlier; then the delivery fails and sends no more', async () => {
    receiver.script('/always-down', 500, 404, 401, 503, 200);
    const webhook = await addWebhook(server, { url: receiver.url('/always-down') });
    await publish(server, applicationCreated(server));
    const delivery = await settled(webhook.id, 'failed');

    expect(delivery).toMatchObject({
      attempts: 4,
      max_attempts: 4,
      reason: 'down',
      response_status: 503,
      next_attempt_at: null,
    });
    expect(delivery.timeline.map(({ reason }) => reason)).toEqual(['server_error', 'not_found', 'not_allowed', 'down']);
    const times = receiver.requests('/always-down').map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => at - times[index]!);
    expect(pauses).toHaveLength(3);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(DELAYS_MS[index]!);
      expect(pause).toBeLessThan(DELAYS_MS[index]! * 1.1 + BUSY_MS);
    }
    await throughout(500, () => expect(receiver.requests('/always-down')).toHaveLength(4));
  });

  it('waits at least as long as Retry-After asks for', async () => {
    receiver.script('/patience', { status: 429, headers: { 'retry-after': '1' } }, 200);
    const webhook = await addWebhook(server, { url: receiver.url('/patience') });
    await publish(server, applicationCreated(server));
    await settled(webhook.id, 'delivered');
    const [first, second] = receiver.requests('/patience');
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(1000);
  });

  it('of a receiver that takes too long is recorded and retried', async () => {
    receiver.script('/slow', 'hang', 200);
    const webhook = await addWebhook(server, { url: receiver.url('/slow') });
    await publish(server, applicationCreated(server));
    const delivery = await settled(webhook.id, 'delivered');
    expect(delivery.timeline).toMatchObject([
      { outcome: 'failed', reason: 'timeout', response_status: null },
      { outcome: 'succeeded' },
    ]);
  });

  it('of a receiver that hangs up is recorded and retried; a stale connection costs no attempt', async () => {
    // A separate receiver, so that its first connection is new and a hang-up cannot be a stale connection.
    const moody = await startReceiver();
    try {
      moody.script('/', 'reset', 200, 'reset', 200);
      const webhook = await addWebhook(server, { url: moody.url('/'), events: ['application.created'] });
      await publish(server, applicationCreated(server));
      const delivery = await settled(webhook.id, 'delivered');
      expect(delivery.timeline).toMatchObject([
        { outcome: 'failed', reason: 'reset', response_status: null, reconnected: false },
        { outcome: 'succeeded', reconnected: false },
      ]);
      await publish(server, applicationCreated(server));
      await moody.next('/', 4);
      const [second] = await eventually(async () => {
        const found = await deliveriesOf(server, webhook.id);
        expect(found.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
        return found;
      });
      expect((await deliveryDetail(server, second!.id)).timeline).toMatchObject([
        { n: 1, outcome: 'succeeded', reconnected: true },
      ]);
      await removeWebhook(webhook.id);
    } finally {
      await moody.close();
    }
  });

  it('of a receiver that does not exist is recorded as refused', async () => {
    const gone = await startReceiver();
    const url = gone.url('/');
    await gone.close();
    const webhook = await addWebhook(server, { url });
    await publish(server, applicationCreated(server));
    const delivery = await settled(webhook.id, 'failed');
    expect(delivery.timeline.map(({ reason }) => reason)).toEqual(['refused', 'refused', 'refused', 'refused']);
  });

  it('with 410 is not retried: the webhook is switched off', async () => {
    receiver.script('/gone', 410);
    const webhook = await addWebhook(server, { url: receiver.url('/gone') });
    await publish(server, applicationCreated(server));
    const delivery = await eventually(async () => {
      const found = await onlyDelivery(server, webhook.id);
      expect(found.next_attempt_at).toBeNull();
      expect(found.attempts).toBe(1);
      return found;
    });
    expect(delivery.timeline).toMatchObject([{ reason: 'gone', response_status: 410 }]);
    await eventually(async () => {
      const { body } = await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`);
      expect(body).toMatchObject({ is_active: false, off_reason: 'gone', health: 'off' });
    });
  });
});

describe('a resend', () => {
  it('adds an attempt to the same delivery, with the same ids and the next number', async () => {
    receiver.script('/resend', 500, 500, 500, 500, 200);
    const webhook = await addWebhook(server, { url: receiver.url('/resend') });
    await publish(server, applicationCreated(server));
    const failed = await settled(webhook.id, 'failed');
    const answer = await recruiter(server).post(`/api/recruiter/deliveries/${failed.id}/resend`);
    expect({ status: answer.status, id: (answer.body as DeliveryDetail).id }).toEqual({ status: 202, id: failed.id });
    const delivery = await settled(webhook.id, 'delivered');
    expect(delivery.timeline).toHaveLength(5);
    const requests = receiver.requests('/resend');
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-delivery']))).toEqual(new Set([failed.id]));
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(requests.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['1', '2', '3', '4', '5']);
  });

  it('of a delivered delivery that fails leaves it delivered', async () => {
    receiver.script('/again', 200, 500);
    const webhook = await addWebhook(server, { url: receiver.url('/again') });
    await publish(server, applicationCreated(server));
    const delivered = await settled(webhook.id, 'delivered');
    expect((await recruiter(server).post(`/api/recruiter/deliveries/${delivered.id}/resend`)).status).toBe(202);
    await eventually(() => expect(receiver.requests('/again').length).toBeGreaterThanOrEqual(2));
    await eventually(async () => {
      const delivery = await onlyDelivery(server, webhook.id);
      expect(delivery.attempts).toBeGreaterThanOrEqual(2);
      expect(delivery.status).toBe('delivered');
    });
  });
});
