import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { applicationCreated } from '../support/client.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { findNats, type NatsServer, NatsPublisher, startNats, startNatsCluster } from '../support/nats.js';
import { describeWith } from '../support/requirements.js';
import { Fleet } from './fleet.js';
import { CRASH_WORDS, untilAllDelivered } from './oracle.js';
import { type FaultCounts, tally } from './tally.js';

/* Events from NATS while servers, NATS and the database are killed: none is lost, none is twice in the log. */

const WEBHOOKS = 2;
/** Concurrent publishers; a continuous stream comes from fewer, with pauses. */
const [MANY, FEW] = [64, 8];
const PAUSE_MS = 40;
const SUBJECT = 'bpoc.events.application.created';
const SETTLE_MS = 300_000;

describeWith('nats', findNats(), 'events from NATS', () => {
  let servers: NatsServer[] = [];
  let fleet: Fleet;
  let publisher: NatsPublisher;
  let published = 0;
  let enough = new AbortController();

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  beforeEach(() => {
    [published, enough] = [0, new AbortController()];
  });
  afterEach(async () => {
    enough.abort();
    await publisher?.close();
    await fleet?.stop();
    await Promise.all(servers.map((server) => server.stop()));
  });

  async function start(
    members: NatsServer[],
    { replicas = 1, more = {}, ownDatabase = false }: { replicas?: number; more?: object; ownDatabase?: boolean } = {},
  ): Promise<void> {
    servers = members;
    const urls = servers.map(({ url }) => url);
    const env = { NATS_URL: urls.join(','), NATS_REPLICAS: String(replicas), ...more };
    fleet = await Fleet.start({ env, ownDatabase });
    publisher = await NatsPublisher.connect(urls);
    // The stream exists once the first event has come through.
    await publishOne();
    await settled();
  }

  /** Repeats until NATS has stored it, like a careful publisher. */
  async function publishOne(): Promise<void> {
    await publisher.publish(applicationCreated(fleet.first), { subject: SUBJECT, messageId: randomUUID() });
    published++;
  }

  /** As fast as NATS accepts them. */
  function publishMany(count: number): Promise<unknown> {
    let left = count;
    return publishWith(MANY, async () => {
      while (left-- > 0) await publishOne();
    });
  }

  /** About 200 a second, until `enough`. */
  function publishOn(): Promise<unknown> {
    return publishWith(FEW, async () => {
      for (; !enough.signal.aborted; await pause(PAUSE_MS)) await publishOne();
    });
  }

  function publishWith(publishers: number, one: () => Promise<void>): Promise<unknown> {
    const all = Promise.all(Array.from({ length: publishers }, one));
    // If the test fails before awaiting them, they must not end the run.
    all.catch(() => undefined);
    return all;
  }

  const log = () =>
    withDatabase(fleet.first.dataDir, async (client) => {
      const { rows } = await client.query<{ events: number; known: number; delivered: number }>(
        `select (select count(*)::int from webhook_events) as events,
           (select count(distinct subject_id)::int from webhook_events) as known,
           (select count(*)::int from webhook_deliveries where state = 'delivered') as delivered`,
      );
      return rows[0]!;
    });

  const settled = () =>
    eventually(async () => expect((await log()).delivered).toBeGreaterThanOrEqual(published * WEBHOOKS), {
      timeoutMs: SETTLE_MS,
      everyMs: 250,
    });

  async function verdict(what: string, kills: number): Promise<FaultCounts> {
    await settled();
    const { events, known } = await log();
    const sentTwice = fleet.receiver.all.length - published * WEBHOOKS;
    const damage = { kills, events: published, lost: published - known, doubled: events - known, sentTwice };
    tally(`${what}, events from NATS`, damage);
    expect(damage).toMatchObject({ lost: 0, doubled: 0 });
    await untilAllDelivered(fleet.first.dataDir, published * WEBHOOKS);
    expect(fleet.logs()).not.toMatch(CRASH_WORDS);
    return damage;
  }

  /** kill -9, and a new one in its place. */
  async function killServer(n: number): Promise<void> {
    const member = fleet.members[n % fleet.members.length]!;
    member.process.kill('SIGKILL');
    await member.process.exited;
    await fleet.relaunch(member);
  }

  it('are neither lost nor doubled when NATS, the database and a server are killed', async () => {
    await start([await startNats()], { ownDatabase: true });
    const rounds = 6;
    const publishing = publishOn();
    for (let n = 0; n < rounds; n++) {
      await pause(2_000);
      await servers[0]!.restart();
      await pause(2_000);
      await killServer(n);
      await pause(2_000);
      // Last, because a server does not start while the database recovers.
      await fleet.crashDatabase();
      // Events go through again.
      const before = fleet.receiver.all.length;
      await eventually(() => expect(fleet.receiver.all.length).toBeGreaterThan(before + 100), { timeoutMs: 60_000 });
    }
    enough.abort();
    await publishing;
    await verdict('NATS, the database and a server killed', 3 * rounds);
  });

  it('are neither lost nor doubled when servers are killed again and again', async () => {
    await start([await startNats()]);
    const kills = 20;
    const publishing = publishMany(20_000);
    for (let n = 0; n < kills; n++) {
      await pause(1_000);
      await killServer(n);
    }
    await publishing;
    await verdict('servers killed', kills);
  });

  it('are sent once, without waiting for a lease, when servers are stopped in turn', async () => {
    // Longer than any busy machine takes, so that what a server left behind would come too late.
    const more = { ATTEMPT_TIMEOUT_MS: '40000', LEASE_MS: '120000' };
    await start([await startNats()], { more });
    const stops = 10;
    await publishMany(5_000);
    for (let n = 0; n < stops; n++) {
      await pause(100);
      const member = fleet.members[n % fleet.members.length]!;
      member.process.kill('SIGTERM');
      expect(await member.process.exited).toEqual({ code: 0, signal: null });
      await fleet.relaunch(member);
    }
    expect(await verdict('servers stopped in turn', stops)).toMatchObject({ sentTwice: 0 });
  });

  it('survive the loss of any one of three NATS servers', async () => {
    const members = await startNatsCluster();
    await start(members, { replicas: 3 });
    const publishing = publishOn();
    for (const member of members) {
      await pause(3_000);
      await member.restart();
      const before = fleet.receiver.all.length;
      await eventually(() => expect(fleet.receiver.all.length).toBeGreaterThan(before + 100), { timeoutMs: 60_000 });
    }
    await pause(1_000);
    // One that does not come back.
    await members[0]!.kill();
    const before = published;
    await eventually(() => expect(published).toBeGreaterThan(before + 500), { timeoutMs: 60_000 });
    enough.abort();
    await publishing;
    await verdict('servers of a NATS cluster killed', members.length + 1);
  });
});
