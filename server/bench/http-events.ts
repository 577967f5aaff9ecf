import { prepareLoad } from './load.js';
import { measure, type Run } from './measure.js';
import { SLOW_MS, turn, type Scenario, type Scene } from './scenario.js';

/* Remote services: POST /api/internal/events from a separate process. Measured until everything is delivered. */

const CONNECTIONS = 64;
const BATCH = 100;
/** Runs at a few hundred deliveries a second, so with fewer of them. */
const SLOW_PART = 10;

export const httpSingle: Scenario = {
  name: 'http_single',
  title: `POST single events, ${CONNECTIONS} connections`,
  run: (scene) => post(scene, 1),
};

export const httpBatch: Scenario = {
  name: 'http_batch',
  title: `POST batches of ${BATCH}, ${CONNECTIONS} connections`,
  run: (scene) => post(scene, BATCH),
};

/** Most agencies have one webhook, and a burst is for it. */
export const oneWebhook: Scenario = {
  name: 'one_webhook',
  title: `one webhook, POST batches of ${BATCH}`,
  run: (scene) => post({ ...scene, agencies: [scene.busyAgency] }, BATCH),
};

/** Its limit of requests, not the server, determines the rate. */
export const oneSlowWebhook: Scenario = {
  name: 'one_webhook_slow',
  title: `one webhook that takes ${SLOW_MS} ms`,
  run: (scene) => post({ ...scene, agencies: [scene.slowAgency] }, BATCH, 1 / SLOW_PART),
};

async function post({ bench, options, agencies, makeEvent, token }: Scene, size: number, part = 1): Promise<Run> {
  const requests = Math.max(1, Math.floor((options.count * part) / size));
  const bodies = Array.from({ length: requests }, (_, request) => {
    const events = Array.from({ length: size }, (_, index) => makeEvent(turn(agencies, request * size + index)));
    return JSON.stringify(size === 1 ? events[0] : events);
  });
  const { port } = new URL(bench.server.origin);
  const load = await prepareLoad({
    port: Number(port),
    path: '/api/internal/events',
    token,
    connections: CONNECTIONS,
    bodies,
    perSecond: null,
  });
  try {
    return await measure(bench, requests * size, async () => {
      const { statuses } = await load.go();
      if (statuses['202'] !== requests) throw new Error(`not every request was accepted: ${JSON.stringify(statuses)}`);
    });
  } finally {
    await load.stop();
  }
}
