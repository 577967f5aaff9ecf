import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  bearer,
  deliveriesOf,
  deliveryDetail,
  publish,
  recruiter,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { LONG, QUIET } from '../support/long.js';
import { rssMiB } from '../support/memory.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';
import { KINDS, type Kind } from './hostile-kinds.js';

/* Malicious or broken receivers: every attempt ends in time with the right reason, and other webhooks do not wait. */

const TIMEOUT_MS = LONG ? 10_000 : 2_000;
/** The limit for an attempt: 10 s (scaled) and 1.5 s as documented, and half a second; on a busy machine more. */
const MAX_MS = TIMEOUT_MS + 1_500 + (QUIET ? 500 : 10_000);
const MAX_CHARACTERS = 16 * 1024;
/** The maximum growth of the server; two tries are 10 endless responses at once. */
const MAX_GROWTH_MIB = QUIET ? 20 : 80;
const TRIES = 2;
/** What is published before memory is measured: more for the strict limit. */
const WARM_UP_EVENTS = QUIET ? 150 : 50;

let server: TestServer;
let healthy: Receiver;
const open: Server[] = [];
const sockets = new Set<Socket>();

function listen({ act }: Pick<Kind, 'act'>): Promise<string> {
  const hostile = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      // Counts each request of a kept connection, but not the packets in which its body may come.
      if (bytes.toString('latin1').startsWith('POST ')) act(socket);
    });
  });
  open.push(hostile);
  return new Promise((resolve) => {
    hostile.listen(0, '127.0.0.1', () => resolve(`http://localhost:${(hostile.address() as AddressInfo).port}/in`));
  });
}

beforeAll(async () => {
  // Retries are a minute away: what is seen here are first attempts.
  const env = { ATTEMPT_TIMEOUT_MS: String(TIMEOUT_MS), DELAY_SCALE: '1' };
  [server, healthy] = await Promise.all([startServer({ env }), startReceiver()]);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const hostile of open) hostile.close();
  await healthy.close();
  await server.stop();
});

interface TestAnswer {
  status: string;
  attempt: { reason: string; response_status: number | null; duration_ms: number; response_body: string | null };
}

async function sendTest(url: string): Promise<TestAnswer> {
  // Subscribed to nothing that is published here.
  const { id } = await addWebhook(server, { url, events: ['placement.created'] });
  const response = await recruiter(server).post(`/api/recruiter/webhooks/${id}/test`).send({});
  expect(response.status).toBe(200);
  return response.body as TestAnswer;
}

const expectHarmless = (body: string | null): void => {
  expect((body ?? '').length).toBeLessThanOrEqual(MAX_CHARACTERS);
  expect(body ?? '').not.toContain('\u0000');
};

/* First, so that memory used earlier does not hide what the server uses now. */
describe('published events', () => {
  const offer = () => ({
    type: 'offer.sent',
    agencyId: server.demo.agencyId,
    data: { offerId: 'o-1', applicationId: 'a-1', candidateId: 'c-1', sentAt: new Date().toISOString() },
  });
  const ready = async () => expect((await bearer(server.url, null).get('/health/ready')).status).toBe(200);

  /** What the log shows of the only attempt of a delivery to this kind. */
  async function expectRecorded(id: string, { name, reason, status }: Kind): Promise<void> {
    const { timeline } = await deliveryDetail(server, id);
    expect({ name, timeline }).toMatchObject({ name, timeline: [{ n: 1, reason, response_status: status }] });
    expect(timeline[0]!.duration_ms).toBeLessThanOrEqual(MAX_MS);
    const { body } = await recruiter(server).get(`/api/recruiter/deliveries/${id}/content`);
    for (const { response_body } of body.attempts as { response_body: string | null }[]) expectHarmless(response_body);
  }

  it(`are recorded whatever they do; the server stays ready and small (< ${MAX_GROWTH_MIB} MiB more)`, async () => {
    const good = await addWebhook(server, { url: healthy.url('/good'), events: ['application.created'] });
    const hostile = await Promise.all(
      KINDS.map(async (kind) => {
        const { id } = await addWebhook(server, { url: await listen(kind), events: ['offer.sent'] });
        return { kind, id };
      }),
    );
    // Warmed up: the server already has the memory for its own work.
    for (let n = 0; n < WARM_UP_EVENTS; n++) {
      await publish(server, applicationCreated(server));
      await deliveriesOf(server, good.id);
    }
    await healthy.next('/good', WARM_UP_EVENTS);
    const before = rssMiB(server.pid);
    let most = before;

    for (let n = 0; n < TRIES; n++) await publish(server, offer());
    let others = WARM_UP_EVENTS;
    await eventually(
      async () => {
        most = Math.max(most, rssMiB(server.pid));
        await ready();
        await publish(server, applicationCreated(server));
        others++;
        for (const { kind, id } of hostile) {
          const made = await deliveriesOf(server, id);
          expect({ kind: kind.name, attempts: made.map(({ attempts }) => attempts) }).toEqual({
            kind: kind.name,
            attempts: Array.from({ length: TRIES }, () => 1),
          });
          const status = kind.reason === 'ok' ? 'delivered' : 'retrying';
          for (const { status: shown, reason } of made)
            expect({ kind: kind.name, status: shown, reason }).toEqual({
              kind: kind.name,
              status,
              reason: kind.reason,
            });
        }
      },
      { timeoutMs: 3 * MAX_MS + 10_000 },
    );
    most = Math.max(most, rssMiB(server.pid));
    for (const { kind, id } of hostile)
      for (const delivery of await deliveriesOf(server, id)) await expectRecorded(delivery.id, kind);
    // No other webhook waited: each delivery went out at once, and once.
    await healthy.next('/good', others);
    await eventually(async () => {
      const found = (await deliveriesOf(server, good.id)).map(({ status, attempts }) => `${status} ${attempts}`);
      expect(new Set(found)).toEqual(new Set(['delivered 1']));
    });
    console.log(
      `${KINDS.length} kinds of hostile receivers: ${before.toFixed(0)} MiB before, ${most.toFixed(0)} at most`,
    );
    expect(most - before).toBeLessThan(MAX_GROWTH_MIB);
  });
});

describe('a receiver that', () => {
  it('is malicious or broken gets a test that ends in time with the right reason', async () => {
    await Promise.all(
      KINDS.map(async (kind) => {
        const { attempt } = await sendTest(await listen(kind));
        const { name, reason, status } = kind;
        expect({ name, ...attempt }).toMatchObject({ name, reason, response_status: status });
        expect({ name, inTime: attempt.duration_ms <= MAX_MS }).toEqual({ name, inTime: true });
        expectHarmless(attempt.response_body);
      }),
    );
  });

  it('hangs does not delay the answer of another', async () => {
    const url = await listen({ act: () => {} });
    const hanging = Array.from({ length: 8 }, () => sendTest(url));
    const { attempt } = await sendTest(healthy.url('/in'));
    expect(attempt).toMatchObject({ reason: 'ok' });
    expect(attempt.duration_ms).toBeLessThan(MAX_MS);
    for (const { attempt: late } of await Promise.all(hanging)) expect(late.reason).toBe('timeout');
  });
});
