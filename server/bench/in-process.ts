import { measure } from './measure.js';
import { publishInProcess } from './publish.js';
import { FAN_OUT, turn, type Scenario } from './scenario.js';

/** Services in the same process: each event becomes one delivery. */
export const inProcess: Scenario = {
  name: 'in_process',
  title: 'published in process',
  run: ({ bench, options, agencies, makeEvent }) =>
    measure(bench, options.count, () => publishInProcess(bench.server, options, (index) => makeEvent(turn(agencies, index)))),
};

/** One event becomes ten deliveries; counted in deliveries. */
export const fanOut: Scenario = {
  name: 'fan_out',
  title: `1 event → ${FAN_OUT} webhooks`,
  run({ bench, options, largeAgencies, makeEvent }) {
    const events = Math.max(1, Math.floor(options.count / FAN_OUT));
    const load = { count: events, concurrency: Math.max(1, Math.floor(options.concurrency / FAN_OUT)) };
    return measure(bench, events * FAN_OUT, () =>
      publishInProcess(bench.server, load, (index) => makeEvent(turn(largeAgencies, index))),
    );
  },
};
