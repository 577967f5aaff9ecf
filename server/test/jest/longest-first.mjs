import Sequencer from '@jest/test-sequencer';

/**
 * A sequencer that begins with these specs, e.g. `inbox.db`, in this order: begun last, one would run alone. The order
 * is that of a machine without times of an earlier run, the same each time.
 */
export const longestFirst = (names) =>
  class extends Sequencer {
    async sort(tests) {
      const rank = ({ path }) => names.findIndex((name) => path.endsWith(`/${name}.spec.ts`)) >>> 0;
      return (await super.sort(tests)).toSorted((a, b) => rank(a) - rank(b));
    }
  };
