import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { LONG, QUIET } from '../support/long.js';
import { Fleet } from './fleet.js';
import { CRASH_WORDS } from './oracle.js';
import { tally } from './tally.js';

/* What happens to the database in the middle of work. */

/** 5 s are promised, including PostgreSQL's recovery; other forms of the test may run on a busy machine. */
const BACK_WITHIN_MS = QUIET ? 5_000 : 60_000;

/** Of each of three servers: requests, and answers that are not recorded yet. */
const IN_FLIGHT = 20;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.start({ ownDatabase: true, env: { MAX_IN_FLIGHT: String(IN_FLIGHT) } });
});
afterAll(() => fleet.stop());

const WAYS = [
  ['that crashes and recovers', (): Promise<void> => fleet.crashDatabase()],
  ['that is restarted in immediate mode', (): Promise<void> => fleet.restartDatabase()],
] as const;

describe.each(LONG && process.platform === 'linux' ? WAYS : WAYS.slice(0, 1))('a database %s', (what, strike) => {
  it(`under load loses nothing, and work goes on within ${BACK_WITHIN_MS / 1000} s`, async () => {
    const crashes = LONG ? 10 : 2;
    const earlier = await fleet.verdict();
    // Until recovery from the last crash is over, however long it takes.
    fleet.publish(Infinity, { everyMs: 8 });
    const recoveries: number[] = [];
    for (let n = 0; n < crashes; n++) {
      await new Promise((resolve) => setTimeout(resolve, LONG ? 1_000 : 400));
      const at = performance.now();
      await strike();
      const before = fleet.receiver.all.length;
      // More than what was in flight when it crashed.
      await eventually(() => expect(fleet.receiver.all.length).toBeGreaterThan(before + 3 * IN_FLIGHT), {
        timeoutMs: 30_000,
      });
      recoveries.push(performance.now() - at);
    }
    fleet.enough();
    const verdict = await fleet.verdict();
    const accepted = verdict.accepted - earlier.accepted;
    const duplicates = verdict.duplicates - earlier.duplicates;
    const doubled = await fleet.doubled();
    const damage = { kills: crashes, events: accepted, lost: verdict.lost, doubled, sentTwice: duplicates };
    tally(`a database ${what}`, damage);
    expect(doubled).toBe(0);
    const slowest = (Math.max(...recoveries) / 1000).toFixed(1);
    console.log(`recovered after at most ${slowest} s`);
    expect(verdict.lost).toBe(0);
    expect(accepted).toBeGreaterThan(100);
    expect(Math.max(...recoveries)).toBeLessThan(BACK_WITHIN_MS);
    // At most what was in flight at each crash.
    expect(duplicates).toBeLessThanOrEqual(crashes * 3 * IN_FLIGHT);
    // Every server is still the same process: none crashed, no error was unhandled.
    expect(fleet.logs()).not.toMatch(CRASH_WORDS);
    expect(fleet.first.logs().match(/listening on/g)).toHaveLength(1);
  });
});
