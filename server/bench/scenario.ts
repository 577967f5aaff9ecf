import type { DomainEvent } from '../src/events/publishable-event.js';
import type { Bench, Run } from './measure.js';
import type { Options } from './options.js';

/** Shared by all scenarios. */
export interface Scene {
  bench: Bench;
  options: Options;
  /** Agencies with one webhook. */
  agencies: string[];
  /** Agencies with `FAN_OUT` webhooks. */
  largeAgencies: string[];
  /** Agencies with one webhook that is reached over TLS. */
  secureAgencies: string[];
  /** One webhook that answers at once. */
  busyAgency: string;
  /** One webhook that takes `SLOW_MS`. */
  slowAgency: string;
  makeEvent: (agencyId: string) => DomainEvent;
  /** A service token that may publish for every agency. */
  token: string;
}

export const FAN_OUT = 10;
export const SLOW_MS = 20;

/** One way of publishing, measured in deliveries per second. */
export interface Scenario {
  /** For --only and JSON. */
  name: string;
  title: string;
  /** Over TLS, like the bare posts it is compared with. */
  secure?: boolean;
  run(scene: Scene): Promise<Run>;
}

/** Round robin. */
export function turn(agencies: readonly string[], index: number): string {
  return agencies[index % agencies.length]!;
}
