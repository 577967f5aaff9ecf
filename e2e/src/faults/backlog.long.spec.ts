import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  offerSent,
  publish,
  recruiter,
  service,
  type Receipt,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { QUIET } from '../support/long.js';
import { rssMiB } from '../support/memory.js';
import { Receiver, startReceiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';
import { PER_WEBHOOK } from './fleet.js';

/*
 * A receiver is dead while events keep coming. Its backlog waits in the database: the server's memory stays small,
 * other webhooks are not affected, and the backlog drains later.
 */

const BACKLOG = QUIET ? 100_000 : 20_000;
const BATCH = 500;
/** A busy machine collects garbage later. */
const MAX_RSS_MIB = QUIET ? 300 : 500;
const MINUTES = 60_000;

let server: TestServer;
let healthy: Receiver;
let dead: Receiver;
beforeAll(async () => {
  // Pauses of 30 s, doubling to 30 min, become 0.06 s up to 3.6 s.
  const env = { DELAY_SCALE: '0.002', MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK) };
  [server, healthy, dead] = await Promise.all([startServer({ env }), startReceiver(), startReceiver()]);
});
afterAll(async () => {
  await Promise.all([healthy.close(), dead.close()]);
  await server.stop();
});

async function publishBatch(): Promise<string[]> {
  const events = Array.from({ length: BATCH }, () => applicationCreated(server));
  const response = await service(server).post('/api/internal/events').send(events);
  expect(response.status).toBe(202);
  return (response.body as Receipt[]).map(({ id }) => id);
}

async function countOf(webhookId: string, status: string): Promise<number> {
  const { body } = await recruiter(server)
    .get('/api/recruiter/deliveries/counts')
    .query({ webhook_id: webhookId, status });
  return (body as { total: { count: number } }).total.count;
}

it(
  `a backlog of ${BACKLOG.toLocaleString('en')} deliveries leaves the server below ${MAX_RSS_MIB} MiB ` +
    'and other webhooks alone, and drains oldest first',
  async () => {
    const webhook = await addWebhook(server, { url: dead.url('/'), events: ['application.created'] });
    await addWebhook(server, { url: healthy.url('/'), events: ['offer.sent'] });
    const { port } = dead;
    await dead.close();
    let largest = 0;
    const accepted: string[] = [];
    while (accepted.length < BACKLOG) {
      accepted.push(...(await publishBatch()));
      largest = Math.max(largest, rssMiB(server.pid));
    }

    const { id } = await publish(server, offerSent(server));
    await eventually(() => expect(healthy.all.map(({ headers }) => headers['webhook-id'])).toEqual([id]));
    expect(await countOf(webhook.id, 'waiting')).toBeGreaterThan(Math.min(BACKLOG, 10_000) * 0.9 - 1);

    // A slow response, so that requests in flight overlap.
    dead = new Receiver({ otherwise: { status: 200, delayMs: 5 } });
    const under = { now: 0, most: 0 };
    dead.onRequest = () => (under.most = Math.max(under.most, ++under.now));
    dead.onAnswered = () => under.now--;
    await dead.listen(port);
    await eventually(
      async () => {
        largest = Math.max(largest, rssMiB(server.pid));
        expect(await countOf(webhook.id, 'waiting')).toBe(0);
        expect(await countOf(webhook.id, 'retrying')).toBe(0);
      },
      { timeoutMs: 15 * MINUTES, everyMs: 200 },
    );
    const failed = await countOf(webhook.id, 'failed');
    const arrived = dead.all.map(({ headers }) => String(headers['webhook-id']));
    expect(new Set(arrived).size).toBe(BACKLOG - failed);
    expect(under.most).toBeLessThanOrEqual(PER_WEBHOOK);

    // Deliveries of one batch are due at the same time, so each may be off by a batch plus those in flight. The first
    // to arrive was the probe that reopened the webhook: it may be any.
    const place = new Map(accepted.map((event, index) => [event, index]));
    const first = dead.all.slice(1).filter(({ headers }) => headers['x-webhook-attempt'] === '1');
    const places = first.map(({ headers }) => place.get(String(headers['webhook-id']))!);
    const inOrder = places.toSorted((a, b) => a - b);
    const furthest = Math.max(...places.map((at, index) => Math.abs(inOrder.indexOf(at) - index)));
    console.log(
      `backlog of ${BACKLOG}: ${Math.round(largest)} MiB at most; ${failed} failed; furthest out of order: ${furthest}`,
    );
    expect(furthest).toBeLessThan(BATCH + 2 * PER_WEBHOOK);
    expect(largest).toBeLessThan(MAX_RSS_MIB);
  },
  30 * MINUTES,
);
