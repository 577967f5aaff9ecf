import { afterEach, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { Turns, type TurnsAhead } from './turns.js';

const agencyId = 'agency';

let turns: Turns;
/** What was looked at, without the looks at all. */
let looks: string[];
afterEach(() => turns.stop());

/** Looks leave out these webhooks. */
function run(full: Set<string>): void {
  looks = [];
  const lookAt = (ids: Iterable<string>): TurnsAhead => ({
    next: [],
    blocked: [...ids].filter((id) => full.has(id)).map((webhookId) => ({ webhookId, agencyId })),
  });
  turns = new Turns({
    take: (ids) => {
      looks.push(...(ids ?? []));
      return Promise.resolve(lookAt(ids ?? full));
    },
    report: (error) => expect(error).toBeUndefined(),
  });
  turns.run();
}

it('a webhook whose agency has no slot is looked at when one is free, in order, and not before', async () => {
  const full = new Set<string>();
  run(full);
  full.add('a').add('b');
  turns.published('a');
  turns.published('b');
  turns.published('c');
  await eventually(() => expect(looks).toEqual(['a', 'b', 'c']));
  const first = looks.length;
  turns.published('a');
  turns.published('c');
  await eventually(() => expect(looks.slice(first)).toEqual(['c']));
  turns.requestEnded('another');
  turns.requestEnded(agencyId);
  await eventually(() => expect(looks.slice(first)).toEqual(['c', 'a']));
  turns.requestEnded(agencyId);
  await eventually(() => expect(looks.slice(first)).toEqual(['c', 'a', 'b']));
});

it('a webhook that was left out is looked at again when a look at all has taken its turn', async () => {
  const full = new Set<string>();
  run(full);
  full.add('a');
  turns.published('a');
  await eventually(() => expect(looks).toEqual(['a']));
  full.clear();
  await eventually(() => {
    turns.published('a');
    expect(looks.length).toBeGreaterThan(1);
  });
});
