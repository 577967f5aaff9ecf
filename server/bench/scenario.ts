import type { DomainEvent } from '../src/events/publishable-event.js';
import type { Bench, Run } from './measure.js';
import type { Options } from './options.js';

/** Agencies that are alike. */
export interface Place {
  agencies: number;
  /** Of each agency. */
  webhooks: number;
  /** Of their receivers: see receiver-process. */
  path: string;
  /** Reached over TLS 1.3. */
  secure?: boolean;
}

/** Shared by all scenarios. */
export interface Scene {
  bench: Bench;
  options: Options;
  /** Agencies with one webhook. */
  agencies: string[];
  /** Agencies with `FAN_OUT` webhooks. */
  largeAgencies: string[];
  /** One webhook that answers at once. */
  busyAgency: string;
  /** Ids of the agencies of a place, made when it is first asked for. */
  at(place: Place): Promise<string[]>;
  makeEvent: (agencyId: string) => DomainEvent;
  /** A service token that may publish for every agency. */
  token: string;
}

export const FAN_OUT = 10;

/** One way of publishing, measured in deliveries per second. */
export interface Scenario {
  /** For --only and JSON. */
  name: string;
  title: string;
  /** Ratio to the bare posts; scaled CPU of server and PostgreSQL. */
  target?: string;
  /** Over TLS, like the bare posts it is compared with. */
  secure?: boolean;
  /** Only with --all, or by name. */
  extra?: boolean;
  run(scene: Scene): Promise<Run>;
}

/** Round robin. */
export function turn(agencies: readonly string[], index: number): string {
  return agencies[index % agencies.length]!;
}
