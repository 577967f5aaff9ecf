import { expect } from '@jest/globals';
import type { LogOwner } from './agencies.js';
import type { Timed } from './figures.js';

/* Queries the log over HTTP as the app does: rows and counts at the same time. */

export type Query = Record<string, string>;

/** What people search for. */
export interface Samples {
  deliveryId: string;
  eventId: string;
  application: string;
  candidate: string;
  job: string;
}

export interface Asker {
  /** @param path `''` for the rows, `'/counts'` */
  ask: (path: '' | '/counts', query: Query) => Promise<{ ms: number; body: unknown }>;
}

export function asker(url: string, { key }: LogOwner): Asker {
  return {
    ask: async (path, query) => {
      const start = performance.now();
      const address = `${url}/api/recruiter/deliveries${path}?${new URLSearchParams(query).toString()}`;
      const answer = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
      const body: unknown = await answer.json();
      expect([answer.status, answer.status === 200 ? '' : body]).toEqual([200, '']);
      return { ms: performance.now() - start, body };
    },
  };
}

/** How long it takes to get rows and counts of a filter. */
export async function timeFilter({ ask }: Asker, query: Query): Promise<Timed> {
  const { status: _any, ...others } = query;
  const start = performance.now();
  await Promise.all([ask('', { ...query, limit: '50' }), ask('/counts', others)]);
  return { name: nameOf(query), ms: performance.now() - start };
}

interface Paged {
  /** Of each page. */
  times: Timed[];
  rows: number;
}

/** Goes through the log page by page. */
export async function timePages({ ask }: Asker, query: Query, pages: number): Promise<Paged> {
  const times: Timed[] = [];
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null && times.length < pages;) {
    const { ms, body } = await ask('', { ...query, limit: '50', ...(cursor ? { cursor } : {}) });
    const page = body as { data: unknown[]; next_cursor: string | null };
    times.push({ name: `${nameOf(query)}, page ${times.length + 1}`, ms });
    rows += page.data.length;
    cursor = page.next_cursor;
  }
  return { times, rows };
}

export function nameOf(query: Query): string {
  const words = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return words.length === 0 ? 'no filter' : words.join(' & ');
}

const HOUR_MS = 3_600_000;

/** Every single filter, with rare, frequent and impossible values. */
export function singleFilters({ webhooks }: LogOwner, samples: Samples): Query[] {
  const ago = (hours: number) => new Date(Math.floor(Date.now() / 60_000) * 60_000 - hours * HOUR_MS).toISOString();
  const each = (name: string, values: string[]): Query[] => values.map((value) => ({ [name]: value }));
  return [
    ...each('status', ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled', 'failed,retrying']),
    ...each(
      'webhook_id',
      webhooks.map(({ id }) => id),
    ),
    ...each('event', ['application.*', 'interview.*', 'offer.*', 'video.*', 'placement.*', 'application.created']),
    ...each('event', ['interview.completed', 'video.transcript.completed', 'offer.rejected', 'placement.created']),
    ...each('response', ['2xx', '3xx', '4xx', '5xx', 'none', '200', '202', '404', '418', '503']),
    ...each('reason', ['ok', 'timeout', 'server_error', 'down', 'not_found', 'rate_limited', 'tls_expired', 'gone']),
    ...each('reference', [`application:${samples.application}`, samples.candidate, samples.job, 'no-match']),
    ...each('q', [samples.deliveryId, samples.eventId, samples.application, 'hired', 'nothing like it']),
    ...each('from', [ago(24), ago(7 * 24), ago(28 * 24)]),
    { from: ago(14 * 24), to: ago(13 * 24) },
    { from: ago(40 * 24), to: ago(35 * 24) },
    ...each('test', ['any', 'true']),
  ];
}

/** All pairs of filters on different properties. */
export function pairsOf(filters: readonly Query[]): Query[] {
  return filters.flatMap((one, index) =>
    filters
      .slice(index + 1)
      .filter((other) => !Object.keys(other).some((name) => name in one))
      .map((other) => ({ ...one, ...other })),
  );
}
