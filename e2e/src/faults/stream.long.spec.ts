import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applicationCreated, bearer, type Receipt } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { QUIET } from '../support/long.js';
import { isAlive } from '../support/server.js';
import { Fleet } from './fleet.js';

/* The live stream over two servers on one database, and what faults do to it. */

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.start({ ownDatabase: true });
});
afterAll(() => fleet.stop());

const watch = (member: number) => EventStream.open(fleet.members[member]!.url, fleet.first.demo.apiKey);

/** At the first server, which then also sends and settles what follows. */
async function publishOne(): Promise<string> {
  const { url } = fleet.members[0]!;
  const event = applicationCreated(fleet.first);
  const answer = await bearer(url, fleet.first.demo.serviceToken).post('/api/internal/events').send(event);
  expect(answer.status).toBe(202);
  return (answer.body as Receipt).id;
}

const deliveredOn = (stream: EventStream) => stream.of('delivery').filter(({ data }) => data['status'] === 'delivered');

/** When each was first shown as delivered. */
const shown = (stream: EventStream) =>
  new Map(
    deliveredOn(stream)
      .toReversed()
      .map(({ data, atMs }) => [data['id'] as string, atMs]),
  );

describe('an attempt that one server settles', () => {
  it(`appears on the stream of another${QUIET ? ' within two seconds' : ''}`, async () => {
    const stream = await watch(1);
    const settled = fleet.receiver.all.length;
    const events = 200;
    for (let n = 0; n < events; n++) {
      await publishOne();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const deliveries = events * fleet.webhooks.length;
    await eventually(() => expect(shown(stream).size).toBe(deliveries));
    const receivedAt = new Map(
      fleet.receiver.all.slice(settled).map(({ headers, at }) => [headers['x-webhook-delivery'], at]),
    );
    const lateMs = [...shown(stream)].map(([id, atMs]) => atMs - receivedAt.get(id)!);
    const p95 = lateMs.toSorted((a, b) => a - b)[Math.floor(lateMs.length * 0.95)]!;
    console.log(
      `${deliveries} deliveries of one server on the stream of another: p95 ${p95} ms after the request arrived`,
    );
    if (QUIET) expect(p95).toBeLessThan(2_000);
    expect(stream.of('reset')).toEqual([]);
    stream.close();
  });
});

describe('a server that is stopped', () => {
  it('ends its streams and exits in time; clients that reconnect elsewhere get a reset', async () => {
    const member = fleet.members[1]!;
    const streams = await Promise.all(Array.from({ length: 20 }, () => watch(1)));
    const begun = performance.now();
    member.process.kill('SIGTERM');
    expect(await member.process.exited).toEqual({ code: 0, signal: null });
    console.log(`20 streams open: stopped after ${Math.round(performance.now() - begun)} ms`);
    expect(isAlive(member.process.pid)).toBe(false);
    await eventually(() => expect(streams.every(({ ended }) => ended)).toBe(true));
    const { demo } = fleet.first;
    const again = await EventStream.open(fleet.members[0]!.url, demo.apiKey, streams[0]!.events.at(-1)!.id);
    await eventually(() => expect(again.of('reset')).toHaveLength(1));
    again.close();
    await fleet.relaunch(member);
  });
});

(process.platform === 'linux' ? describe : describe.skip)('a database that is restarted', () => {
  it('ends no stream, and its clients get a reset', async () => {
    const stream = await watch(1);
    await fleet.restartDatabase();
    await eventually(() => expect(stream.of('reset').length).toBeGreaterThan(0), { timeoutMs: 30_000 });
    await eventually(() => publishOne(), { timeoutMs: 30_000 });
    await eventually(() => expect(deliveredOn(stream).length).toBeGreaterThan(0));
    expect(stream.ended).toBe(false);
    stream.close();
  });
});
