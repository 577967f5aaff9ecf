import type { DomainEvent } from '../src/events/publishable-event.js';
import { eventMaker } from './events.js';
import { measure, type Run } from './measure.js';
import { publishInProcess } from './publish.js';
import { turn, type Place, type Scene } from './scenario.js';

/* Scenarios with publishers in the process of the server. */

export interface InProcess {
  /** Default: an agency for each webhook of the options. */
  place?: Place;
  /** Size of a message in bytes. */
  payload?: number;
  /** Share of `options.count` that is published. */
  part?: number;
  /** One event in so many is published twice. */
  repeatEvery?: number;
  /** Some first attempts fail. */
  failing?: boolean;
}

/** Measured in deliveries. */
export async function inProcess(scene: Scene, how: InProcess = {}): Promise<Run> {
  const { bench, options } = scene;
  const { place, part = 1, payload = options.payload } = how;
  const agencies = place ? await scene.at(place) : scene.agencies;
  const each = place?.webhooks ?? 1;
  const count = Math.max(1, Math.floor((options.count * part) / each));
  const makeEvent = eventMaker({ ...options, payload });
  const events = Array.from({ length: count }, (_, index) => makeEvent(turn(agencies, index)));
  const concurrency = Math.max(1, Math.floor(options.concurrency / each));
  const publish = () => publishInProcess(bench.server, repeating(events, how.repeatEvery), concurrency);
  return measure(bench, count * each, publish, how);
}

function repeating(events: readonly DomainEvent[], every = Infinity): DomainEvent[] {
  return events.flatMap((event, index) => (index % every === every - 1 ? [event, event] : [event]));
}
