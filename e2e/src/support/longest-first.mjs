import Sequencer from '@jest/test-sequencer';

/** These take 30 to 70 s, the others less than half a minute: begun last, one would run alone. */
const LONGEST = [
  'accessibility',
  'dark-database',
  'outage',
  'start',
  'speed',
  'backlog',
  'hostile',
  'database',
  'alerts',
  'live',
  'receiver-down',
  'stream',
  'links',
  'phone',
  'replicas',
  'keyboard',
  'tls',
  'operating',
];

/** The order of a machine that has no times of an earlier run, and of any other: the same each time. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => LONGEST.findIndex((name) => path.endsWith(`/${name}.spec.ts`)) >>> 0;
    return (await super.sort(tests)).toSorted((a, b) => rank(a) - rank(b));
  }
}
