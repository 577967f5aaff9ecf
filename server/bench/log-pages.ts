import type { AgencyActor } from '../src/auth/actor.js';
import type { DeliveriesQuery } from '../src/webhooks/deliveries/deliveries.dto.js';
import { DeliveriesService } from '../src/webhooks/deliveries/deliveries.service.js';
import { sharedMs } from './clock.js';
import type { Scene } from './scenario.js';
import { percentile } from './statistics.js';
import { SEARCHED_CANDIDATE } from './stored.js';

export interface PageTimes {
  page: string;
  medianMs: number;
  worstMs: number;
  /** Deliveries on the page, or the total of the counts. */
  rows: number;
}

const TIMES = 5;
const DAY_MS = 86_400_000;

/** Response times of common log pages, for the largest agency. */
export async function logPages({ bench, largeAgencies }: Scene): Promise<PageTimes[]> {
  const agencyId = largeAgencies[0]!;
  const service = bench.server.app.get(DeliveriesService, { strict: false });
  const actor: AgencyActor = {
    kind: 'key',
    id: agencyId,
    name: 'bench',
    agencyId,
    role: 'owner',
    scopes: [],
    agencyIds: null,
  };
  const pages = await filters(bench.server.schema.sql, agencyId);
  const times: PageTimes[] = [];
  for (const [page, filter] of pages) {
    times.push(await timed(page, async () => (await service.list(actor, { ...filter, limit: 50 })).data.length));
  }
  for (const [page, filter] of pages) {
    times.push(await timed(`counts: ${page}`, async () => (await service.counts(actor, filter)).total.count));
  }
  return times;
}

type Page = [name: string, filter: Omit<DeliveriesQuery, 'limit'>];

async function filters(
  sql: <Row>(text: string, values?: unknown[]) => Promise<Row[]>,
  agencyId: string,
): Promise<Page[]> {
  const [webhook] = await sql<{ id: string }>('select id from webhooks where agency_id = $1 limit 1', [agencyId]);
  const now = Date.now();
  const weekAgo = { from: new Date(now - 14 * DAY_MS).toISOString(), to: new Date(now - 7 * DAY_MS).toISOString() };
  // The large agency of the empty log has none: then any id, which finds nothing.
  const [delivery = { id: agencyId, event: agencyId }] = await sql<{ id: string; event: string }>(
    'select id, event_id as event from webhook_deliveries where agency_id = $1 limit 1',
    [agencyId],
  );
  return [
    ['newest', {}],
    ...(['waiting', 'delivered', 'failed', 'skipped', 'cancelled', 'retrying'] as const).map((status): Page => [
      `status=${status}`,
      { status: [status] },
    ]),
    ['status=failed,retrying', { status: ['failed', 'retrying'] }],
    ['webhook_id=…', { webhook_id: webhook!.id }],
    ['status=failed&webhook_id=…', { status: ['failed'], webhook_id: webhook!.id }],
    ['event=application.*', { event: 'application.*' }],
    ['event=application.*&response=5xx', { event: 'application.*', response: '5xx' }],
    ['event=offer.* (1 in 10,000)', { event: 'offer.*' }],
    ['event=interview.* (none)', { event: 'interview.*' }],
    ['event=placement.created&webhook_id=…', { event: 'placement.created', webhook_id: webhook!.id }],
    ...['2xx', '5xx', 'none', '200', '202', '204', '404', '418'].map((response): Page => [
      `response=${response}`,
      { response },
    ]),
    ...(['timeout', 'tls_expired', 'gone'] as const).map((reason): Page => [`reason=${reason}`, { reason }]),
    [`reference=candidate:${SEARCHED_CANDIDATE}`, { reference: `candidate:${SEARCHED_CANDIDATE}` }],
    [`reference=${SEARCHED_CANDIDATE}`, { reference: SEARCHED_CANDIDATE }],
    ['reference=unknown', { reference: 'unknown' }],
    ['q=id of a delivery', { q: delivery.id }],
    ['q=id of an event', { q: delivery.event }],
    ['q=offer', { q: 'offer' }],
    ['test=true', { test: 'true' }],
    ['a week of last month', weekAgo],
    ['status=failed, a week of last month', { status: ['failed'], ...weekAgo }],
    ['event=offer.*, a week of last month', { event: 'offer.*', ...weekAgo }],
  ];
}

async function timed(page: string, load: () => Promise<number>): Promise<PageTimes> {
  const times: number[] = [];
  let rows = 0;
  for (let time = 0; time < TIMES; time++) {
    const start = sharedMs();
    rows = await load();
    times.push(sharedMs() - start);
  }
  return { page, medianMs: percentile(times, 0.5), worstMs: Math.max(...times), rows };
}
