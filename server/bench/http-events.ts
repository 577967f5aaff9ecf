import { prepareLoad } from './load.js';
import { measure, type Run } from './measure.js';
import { turn, type Place, type Scene } from './scenario.js';

/* Remote services: POST /api/internal/events from a separate process. Measured until everything is delivered. */

export interface Posts {
  /** Default: an agency for each webhook of the options. */
  place?: Place;
  /** Events of one request. */
  size: number;
  connections?: number;
  /** The share of deliveries that are made. */
  part?: number;
}

export async function posts(scene: Scene, { place, size, connections = 64, part = 1 }: Posts): Promise<Run> {
  const { bench, options, makeEvent, token } = scene;
  const agencies = place ? await scene.at(place) : scene.agencies;
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
    connections,
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
