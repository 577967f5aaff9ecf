import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { applicationCreated, recruiter, service } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';
import { untilAllDelivered } from './oracle.js';
import { tally } from './tally.js';

/*
 * A burst for a Slack channel that accepts one message a second and answers 429 to anything faster: two servers share
 * the pace and group pending deliveries, and one of them is killed in the middle. Nothing is lost, at most the message
 * in flight arrives twice, there is no 429, and another webhook is not slowed down.
 */

const EVENTS = 5_000;
const KILLS = 5;
/** Tolerance for delays of sockets; the clock is the same. */
const SECOND_MS = 995;

/** Slack as documented: https://docs.slack.dev/apis/web-api/rate-limits, "1 per second" for incoming webhooks. */
class SlackChannel {
  readonly messages: string[] = [];
  refused = 0;
  #lastMs = 0;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const tooFast = Date.now() - this.#lastMs < SECOND_MS;
      this.#lastMs = Date.now();
      if (tooFast) this.refused++;
      else this.messages.push(Buffer.concat(chunks).toString());
      // Answers take a while, so that a kill hits requests in flight.
      setTimeout(() => response.writeHead(tooFast ? 429 : 200, { 'retry-after': '1' }).end('ok'), 100);
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How often each candidate was named, by the number in the name. */
  named(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const message of this.messages)
      for (const [, name] of message.matchAll(/"Zoe Q(\d+)x"/g)) counts.set(name!, (counts.get(name!) ?? 0) + 1);
    return counts;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const slack = new SlackChannel();
let first: TestServer;
let beside: Receiver;
let others: ServerProcess[] = [];
let env: Record<string, string>;

beforeAll(async () => {
  const host = await slack.start();
  env = { DESTINATION_HOSTS: `slack=${host}`, ATTEMPT_TIMEOUT_MS: '1000', LEASE_MS: '3000' };
  [first, beside] = await Promise.all([startServer({ env: { ...env, ROLE: 'api' } }), startReceiver()]);
  const add = async (webhook: object) => {
    const { status, body } = await recruiter(first)
      .post('/api/recruiter/webhooks')
      .send({ events: ['*'], ...webhook });
    expect({ status, body }).toMatchObject({ status: 201 });
  };
  await add({ kind: 'slack', url: `http://${host}/services/T0/B0/x`, style: { names: 'full' } });
  await add({ url: beside.url('/beside') });
  others = [await worker(), await worker()];
});
afterAll(async () => {
  await Promise.all(others.map((one) => one.end()));
  await first.stop();
  await beside.close();
  slack.stop();
});

async function worker(): Promise<ServerProcess> {
  const process = new ServerProcess(first.dataDir, { env });
  await process.listening();
  return process;
}

it('a burst for a slow channel is grouped, and killed servers lose none of it', async () => {
  const began = performance.now();
  for (let n = 0; n < EVENTS; n += 400) {
    const burst = Array.from({ length: Math.min(400, EVENTS - n) }, (_, index) =>
      applicationCreated(first, { candidateName: `Zoe Q${n + index}x` }),
    );
    expect((await service(first).post('/api/internal/events').send(burst)).status).toBe(202);
  }
  // Not awaited: on a busy machine, the channel would have nothing left by then.
  const besideTook = eventually(() => expect(beside.requests('/beside').length).toBeGreaterThanOrEqual(EVENTS), {
    timeoutMs: 240_000,
  }).then(() => performance.now() - began);
  for (let kill = 1; kill <= KILLS; kill++) {
    const sofar = slack.messages.length;
    await eventually(() => expect(slack.messages.length).toBeGreaterThan(sofar), { timeoutMs: 30_000, everyMs: 5 });
    // Both, so that the one with the request in flight is among them.
    for (const one of others) one.kill('SIGKILL');
    await Promise.all(others.map((one) => one.exited));
    for (const one of others) one.forget();
    others = [await worker(), await worker()];
  }
  const besideMs = await besideTook;
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
  await untilAllDelivered(first.dataDir, 2 * EVENTS, 240_000);
  const named = slack.named();
  const twice = [...named.values()].filter((count) => count > 1).length;
  console.log(
    `${EVENTS} events in ${slack.messages.length} messages, ${slack.refused} × 429, ${seconds()} s; ` +
      `the webhook beside had all after ${(besideMs / 1000).toFixed(1)} s`,
  );
  tally('burst for a chat', {
    kills: 2 * KILLS,
    events: EVENTS,
    lost: EVENTS - named.size,
    doubled: 0,
    sentTwice: twice,
  });
  expect(named.size).toBe(EVENTS);
  expect(slack.refused).toBe(0);
  // At most the message in flight for each kill.
  expect(slack.messages.length).toBeLessThanOrEqual(EVENTS / 100 + 1 + KILLS);
  expect(twice).toBeLessThanOrEqual(100 * KILLS);
});
