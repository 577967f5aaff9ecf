import { prepareLoad } from './load.js';
import { measure, type Run } from './measure.js';
import type { Place, Scene } from './scenario.js';

/* Remote services: POST /api/internal/events from a separate process. Measured until everything is delivered. */

export interface Posts {
  /** Default: an agency for each webhook of the options. */
  place?: Place;
  /** Events of one request. */
  size: number;
  connections?: number;
  /** Share of `options.count` that is published. */
  part?: number;
}

export async function posts(scene: Scene, { place, size, connections = 64, part = 1 }: Posts): Promise<Run> {
  const { bench, options, token } = scene;
  const agencies = place ? await scene.at(place) : scene.agencies;
  const requests = Math.max(1, Math.floor((options.count * part) / size));
  const { origin } = bench.server;
  const load = await prepareLoad({ origin, token, connections, requests, size, agencies, options, perSecond: null });
  try {
    return await measure(bench, requests * size, async () => {
      const { statuses } = await load.go();
      if (statuses['202'] !== requests) throw new Error(`not every request was accepted: ${JSON.stringify(statuses)}`);
    });
  } finally {
    await load.stop();
  }
}
