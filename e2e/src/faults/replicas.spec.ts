import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { Fleet, LONG, PER_WEBHOOK } from './fleet.js';

/* What happens to servers in the middle of work: kill -9, an orderly stop, a stop of time. Each prints its counts. */

let fleet: Fleet;
afterEach(() => fleet.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const WEBHOOKS = 2;

describe('replicas', () => {
  it('killed again and again under load lose nothing', async () => {
    fleet = await Fleet.start();
    const [kills, events] = LONG ? [28, 4_000] : [4, 600];
    fleet.publish(events, { everyMs: LONG ? 8 : 6 });
    for (let n = 0; n < kills; n++) {
      await pause(700);
      const member = fleet.members[n % fleet.members.length]!;
      member.process.kill('SIGKILL');
      await member.process.exited;
      await fleet.relaunch(member);
    }
    const { accepted, lost, duplicates } = await fleet.verdict();
    console.log(`${kills} kills over ${accepted * WEBHOOKS} deliveries: ${lost} lost, ${duplicates} twice`);
    expect({ accepted, lost }).toEqual({ accepted: events, lost: 0 });
    expect(duplicates).toBeLessThanOrEqual(kills * WEBHOOKS * PER_WEBHOOK);
  }, 180_000);

  it('stopped in turn under load (a rolling deployment) lose nothing and send nothing twice', async () => {
    // A lease that no busy machine outlasts: only an orderly stop is to be seen here.
    fleet = await Fleet.start({ env: { LEASE_MS: '30000' } });
    const [stops, events] = LONG ? [12, 3_000] : [3, 500];
    fleet.publish(events, { everyMs: 6 });
    for (let n = 0; n < stops; n++) {
      await pause(500);
      const member = fleet.members[n % fleet.members.length]!;
      member.process.kill('SIGTERM');
      expect(await member.process.exited).toEqual({ code: 0, signal: null });
      await fleet.relaunch(member);
    }
    const verdict = await fleet.verdict();
    console.log(
      `${stops} orderly stops over ${verdict.accepted * WEBHOOKS} deliveries: ${verdict.lost} lost, ${verdict.duplicates} twice`,
    );
    expect(verdict).toEqual({ accepted: events, lost: 0, duplicates: 0 });
  }, 120_000);

  it('frozen beyond their lease come back without changing what another has settled', async () => {
    fleet = await Fleet.start();
    fleet.publish(300, { everyMs: 4 });
    await eventually(() => expect(fleet.receiver.all.length).toBeGreaterThan(100));
    const [frozen] = fleet.members;
    process.kill(frozen!.process.pid, 'SIGSTOP');
    // The lease is 3 s: the others take over what the frozen one held.
    await pause(4_000);
    process.kill(frozen!.process.pid, 'SIGCONT');
    const { accepted, lost, duplicates } = await fleet.verdict();
    console.log(`frozen for 4 s: ${lost} lost, ${duplicates} twice`);
    expect({ accepted, lost }).toEqual({ accepted: 300, lost: 0 });
    expect(duplicates).toBeLessThanOrEqual(WEBHOOKS * PER_WEBHOOK);
  }, 120_000);
});
