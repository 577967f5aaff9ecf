import Sequencer from '@jest/test-sequencer';

/** These take longest, in either form: begun last, one would run alone. */
const LONGEST = [
  ...[
    'accessibility',
    'replicas.long',
    'nats.long',
    'outbox.long',
    'start',
    'keyboard',
    'alerts',
    'database',
    'secrets',
  ],
  ...[
    'backlog',
    'dark-database.long',
    'hostile',
    'operating.long',
    'replicas',
    'pause',
    'live',
    'tls',
    'retries',
    'nats',
  ],
];

/** The order of a machine that has no times of an earlier run, and of any other: the same each time. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => LONGEST.findIndex((name) => path.endsWith(`/${name}.spec.ts`)) >>> 0;
    return (await super.sort(tests)).toSorted((a, b) => rank(a) - rank(b));
  }
}
