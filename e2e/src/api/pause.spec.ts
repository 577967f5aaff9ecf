import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  deliveriesOf,
  publish,
  recruiter,
  service,
  type Webhook,
} from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/** 1, 5 and 30 min become 30, 150 and 900 ms; the first probe comes after 15 ms instead of 30 s. */
const FAST = { DELAY_SCALE: '0.0005' };
/** The probe after the first comes after 12 s at the earliest, not 60 s; one request at a time shows the order. */
const SLOW = { DELAY_SCALE: '0.2', MAX_IN_FLIGHT_PER_WEBHOOK: '1' };
/** 5 days become 4.3 s, and everything shorter is over at once. */
const FASTEST = { DELAY_SCALE: '0.00001' };
const FIVE_DAYS_MS = 5 * 86_400_000 * Number(FASTEST.DELAY_SCALE);

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startServer({ env: FAST }), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});
beforeEach(() => void receiver.all.splice(0));

async function webhookNow(id: string): Promise<Webhook & { paused_until: string | null }> {
  const response = await recruiter(server).get(`/api/recruiter/webhooks/${id}`);
  expect(response.status).toBe(200);
  return response.body as Webhook & { paused_until: string | null };
}

/** One by one, so that their order is known. */
const publishMany = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await publish(server, applicationCreated(server))).id);
  return ids;
};
const down = (count = 4000) => Array.from({ length: count }, () => 503);

/** State and reason of each delivery, and for failed ones the number of tries. */
async function finalStatesOf(webhookId: string): Promise<string[]> {
  const deliveries = await deliveriesOf(server, webhookId);
  return deliveries.map(({ status, reason, attempts }) =>
    status === 'failed' ? `failed ${reason} after ${attempts}` : `${status} ${reason}`,
  );
}

/** A webhook with five failed deliveries, which pause it. */
async function pausedWebhook(path: string): Promise<Webhook> {
  receiver.script(path, ...down());
  const webhook = await addWebhook(server, { url: receiver.url(path) });
  await publishMany(5);
  await eventually(
    async () => {
      const { health, paused_until: pausedUntil } = await webhookNow(webhook.id);
      expect({ health, pausedUntil }).toEqual({ health: 'paused', pausedUntil: expect.any(String) });
      expect((await deliveriesOf(server, webhook.id)).map(({ status }) => status)).toEqual(Array(5).fill('failed'));
    },
    { timeoutMs: 20_000 },
  );
  return webhook;
}

describe('a webhook that fails without a break', () => {
  it('is paused after five failed deliveries, probed with one, and drained oldest first after recovery', async () => {
    const webhook = await pausedWebhook('/down');
    await server.restart({ env: SLOW });
    receiver.all.splice(0);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    receiver.script('/down', { status: 200, when: answered });
    const published = await publishMany(6);
    const [probe] = await eventually(() => {
      expect(receiver.requests('/down')).toHaveLength(1);
      return receiver.requests('/down').map(({ headers }) => headers['webhook-id']);
    });
    expect(probe).toBe(published[0]);
    await throughout(1_500, () => expect(receiver.requests('/down')).toHaveLength(1));
    expect((await webhookNow(webhook.id)).health).toBe('paused');
    // All others wait without using up attempts.
    const waiting = (await deliveriesOf(server, webhook.id)).filter(({ status }) => status === 'waiting');
    expect(waiting.filter(({ event_id }) => event_id !== probe).map(({ attempts }) => attempts)).toEqual([
      0, 0, 0, 0, 0,
    ]);

    answer();
    await eventually(async () => {
      expect((await webhookNow(webhook.id)).paused_until).toBeNull();
      const states = (await deliveriesOf(server, webhook.id)).slice(0, 6).map(({ status }) => status);
      expect(states).toEqual(Array(6).fill('delivered'));
    });
    expect(receiver.requests('/down').map(({ headers }) => headers['webhook-id'])).toEqual(published);
    await recruiter(server).delete(`/api/recruiter/webhooks/${webhook.id}`).expect(204);
  });

  it('is switched off after 5 days without a success, not before, and its pending deliveries are skipped', async () => {
    await server.restart({ env: FASTEST });
    receiver.script('/dead', ...down());
    const webhook = await addWebhook(server, { url: receiver.url('/dead') });
    // Four use up their plans on any machine: 16 failed tries neither pause a webhook nor switch it off.
    const first = await publishMany(4);
    await eventually(async () => expect(await finalStatesOf(webhook.id)).toEqual(Array(4).fill('failed down after 4')));
    // Enough that some are pending until the end: these 5 days allow 250 probes, and each may need 4.
    const later = Array.from({ length: 96 }, () => applicationCreated(server));
    await service(server).post('/api/internal/events').send(later).expect(202);
    const off = await eventually(
      async () => {
        const now = await webhookNow(webhook.id);
        expect(now.is_active).toBe(false);
        return now;
      },
      { timeoutMs: 40_000 },
    );
    const { at: firstFailure } = receiver.requests('/dead')[0]!;
    expect(Date.now() - firstFailure).toBeGreaterThanOrEqual(FIVE_DAYS_MS);
    expect(off).toMatchObject({ health: 'off', off_reason: 'failing_5_days' });
    // Pending until then, and the last of them may still be in flight.
    await eventually(async () => {
      const ends = await finalStatesOf(webhook.id);
      expect(ends).toHaveLength(first.length + later.length);
      expect(new Set(ends)).toEqual(new Set(['failed down after 4', 'skipped webhook_off']));
    });
    const before = receiver.requests('/dead').length;
    const [last] = await publishMany(1);
    const [newest] = await deliveriesOf(server, webhook.id);
    expect(newest).toMatchObject({ event_id: last, status: 'skipped', reason: 'webhook_off' });
    expect(receiver.requests('/dead')).toHaveLength(before);
  });
});
