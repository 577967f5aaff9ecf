import { measure } from './measure.js';
import { publishInProcess } from './publish.js';
import { FAN_OUT, turn, type Scenario } from './scenario.js';

/** Services in the same process: each event becomes one delivery. */
export const inProcess: Scenario = {
  name: 'in_process',
  title: 'published in process',
  run({ bench, options, agencies, makeEvent }) {
    const events = Array.from({ length: options.count }, (_, index) => makeEvent(turn(agencies, index)));
    return measure(bench, options.count, () => publishInProcess(bench.server, events, options.concurrency));
  },
};

/** The same over TLS 1.3. */
export const inProcessTls: Scenario = {
  name: 'in_process_tls',
  title: 'published in process, over TLS 1.3',
  secure: true,
  run: (scene) => inProcess.run({ ...scene, agencies: scene.secureAgencies }),
};

/** One event becomes ten deliveries; measured in deliveries. */
export const fanOut: Scenario = {
  name: 'fan_out',
  title: `1 event → ${FAN_OUT} webhooks`,
  run({ bench, options, largeAgencies, makeEvent }) {
    const count = Math.max(1, Math.floor(options.count / FAN_OUT));
    const concurrency = Math.max(1, Math.floor(options.concurrency / FAN_OUT));
    const events = Array.from({ length: count }, (_, index) => makeEvent(turn(largeAgencies, index)));
    return measure(bench, count * FAN_OUT, () => publishInProcess(bench.server, events, concurrency));
  },
};
