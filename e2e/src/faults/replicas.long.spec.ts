import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { applicationCreated, bearer } from '../support/client.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Fleet, PER_WEBHOOK } from './fleet.js';
import { CRASH_WORDS, finalStatesOf } from './oracle.js';
import { tally } from './tally.js';

/* Servers under load are killed (kill -9), stopped in order, or frozen. Each test prints its counts. */

let fleet: Fleet;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const WEBHOOKS = 2;
/** Requests in flight when a server freezes. */
const HELD_REQUESTS = 5;

describe('replicas that are frozen or killed', () => {
  beforeAll(async () => {
    fleet = await Fleet.start();
  });
  afterAll(() => fleet.stop());

  it('killed again and again under load lose nothing', async () => {
    const [kills, events] = [28, 4_000];
    fleet.publish(events, { everyMs: 8 });
    // One still starts while the other is killed, so that sometimes only the third is running.
    const starting = fleet.members.map(() => Promise.resolve());
    for (let n = 0; n < kills; n++) {
      await pause(700);
      const index = n % fleet.members.length;
      await starting[index];
      const member = fleet.members[index]!;
      member.process.kill('SIGKILL');
      await member.process.exited;
      starting[index] = fleet.relaunch(member);
    }
    await Promise.all(starting);
    const { accepted, lost, duplicates } = await fleet.verdict();
    const doubled = await fleet.doubled();
    tally('servers killed', { kills, events: accepted, lost, doubled, sentTwice: duplicates });
    expect(doubled).toBe(0);
    expect({ accepted, lost }).toEqual({ accepted: events, lost: 0 });
    expect(duplicates).toBeLessThanOrEqual(kills * WEBHOOKS * PER_WEBHOOK);
  });

  /** State of one webhook's deliveries, and its fenced attempts. */
  const standing = (webhookId: string) =>
    withDatabase(fleet.first.dataDir, async (client) => {
      const deliveries = await client.query(
        `select id, state, attempts, last_status, last_reason, duration_ms, finished_at
         from all_deliveries where webhook_id = $1 order by id`,
        [webhookId],
      );
      const { rows } = await client.query<{ fenced: number; health: string }>(
        `select (select count(*)::int from all_attempts where webhook_id = $1 and fenced) as fenced,
           (select h::text from webhook_health h where webhook_id = $1) as health`,
        [webhookId],
      );
      return { deliveries: deliveries.rows as unknown[], ...rows[0]! };
    });

  it('frozen beyond their lease come back: their attempts are fenced and change no settled delivery', async () => {
    const { receiver, first, webhooks } = fleet;
    const { duplicates: twiceEarlier } = await fleet.verdict();
    const [frozen] = fleet.members;
    const start = await standing(webhooks[0]!.id);
    const earlier = start.deliveries.length;
    const arrivedEarlier = receiver.requests('/0').length;
    /** For events published from now on; ids increase with time. */
    const heldNow = async () => (await standing(webhooks[0]!.id)).deliveries.slice(earlier, earlier + HELD_REQUESTS);
    // Held by the receiver, and sent by the server that will freeze, since it claims what it takes in.
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    receiver.script('/0', ...Array.from({ length: HELD_REQUESTS }, () => ({ status: 200, when: released })));
    const stopped = new Promise<void>((resolve) => {
      receiver.onRequest = () => {
        if (receiver.requests('/0').length < arrivedEarlier + HELD_REQUESTS) return;
        receiver.onRequest = () => {};
        process.kill(frozen!.process.pid, 'SIGSTOP');
        resolve();
      };
    });
    const publish = () => bearer(frozen!.url, first.demo.serviceToken).post('/api/internal/events');
    const answers = Array.from({ length: HELD_REQUESTS }, () => publish().send(applicationCreated(first)));
    const responses = Promise.all(answers.map((answer) => answer.timeout(60_000).then(({ status }) => status)));
    await stopped;
    // The others get the load; publishers notice that one does not answer.
    fleet.publish(600, { everyMs: 4 });

    // The lease is 3 s: the others take over what the frozen one held.
    await eventually(
      async () => {
        expect(await heldNow()).toMatchObject(Array.from({ length: HELD_REQUESTS }, () => ({ state: 'delivered' })));
      },
      { timeoutMs: 30_000 },
    );
    const before = await heldNow();
    expect((await standing(webhooks[0]!.id)).fenced).toBe(start.fenced);
    release();
    process.kill(frozen!.process.pid, 'SIGCONT');
    const fenced = await eventually(
      async () => {
        const { fenced } = await standing(webhooks[0]!.id);
        expect(fenced).toBeGreaterThan(start.fenced);
        return fenced - start.fenced;
      },
      { timeoutMs: 30_000 },
    );
    expect(await responses).toEqual(Array.from({ length: HELD_REQUESTS }, () => 202));
    const { accepted, lost, duplicates: twice } = await fleet.verdict(HELD_REQUESTS);
    const duplicates = twice - twiceEarlier;
    expect(await heldNow()).toEqual(before);
    console.log(`frozen beyond its lease: ${lost} lost, ${duplicates} twice, ${fenced} late results fenced`);
    expect(lost).toBe(0);
    expect(await finalStatesOf(first.dataDir)).toMatchObject([
      { state: 'delivered', count: (accepted + HELD_REQUESTS) * WEBHOOKS },
    ]);
    expect(duplicates).toBeLessThanOrEqual(WEBHOOKS * PER_WEBHOOK);
    expect(fleet.logs()).not.toMatch(CRASH_WORDS);
  });
});

describe('replicas', () => {
  afterEach(() => fleet.stop());

  it('stopped in turn under load (a rolling deployment) lose nothing and send nothing twice', async () => {
    // Longer than any busy machine takes, so that only the orderly stop matters.
    fleet = await Fleet.start({ env: { ATTEMPT_TIMEOUT_MS: '10000', LEASE_MS: '30000' } });
    const [stops, events] = [12, 3_000];
    fleet.publish(events, { everyMs: 6 });
    for (let n = 0; n < stops; n++) {
      await pause(300);
      const member = fleet.members[n % fleet.members.length]!;
      member.process.kill('SIGTERM');
      expect(await member.process.exited).toEqual({ code: 0, signal: null });
      await fleet.relaunch(member);
    }
    const verdict = await fleet.verdict();
    const { accepted, lost, duplicates } = verdict;
    const doubled = await fleet.doubled();
    tally('servers stopped in turn', { kills: stops, events: accepted, lost, doubled, sentTwice: duplicates });
    expect(doubled).toBe(0);
    expect(verdict).toEqual({ accepted: events, lost: 0, duplicates: 0 });
  });
});
