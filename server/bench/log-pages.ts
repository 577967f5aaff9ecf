import type { AgencyActor } from '../src/auth/actor.js';
import type { DeliveriesQuery } from '../src/webhooks/deliveries/deliveries.dto.js';
import { DeliveriesService } from '../src/webhooks/deliveries/deliveries.service.js';
import { sharedMs } from './clock.js';
import type { Scene } from './scenario.js';
import { percentile } from './statistics.js';
import { LOOKED_FOR } from './stored.js';

export interface PageTimes {
  page: string;
  medianMs: number;
  worstMs: number;
  /** Deliveries on the page, or the total of the counts. */
  rows: number;
}

const TIMES = 20;
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
  for (const [page, filter] of pages.slice(0, 2)) {
    times.push(await timed(`counts: ${page}`, async () => (await service.counts(actor, filter)).total.count));
  }
  return times;
}

type Filter = Omit<DeliveriesQuery, 'limit'>;

async function filters(
  sql: <Row>(text: string, values?: unknown[]) => Promise<Row[]>,
  agencyId: string,
): Promise<[page: string, filter: Filter][]> {
  const [webhook] = await sql<{ id: string }>('select id from webhooks where agency_id = $1 limit 1', [agencyId]);
  const now = Date.now();
  const weekAgo = { from: new Date(now - 14 * DAY_MS).toISOString(), to: new Date(now - 7 * DAY_MS).toISOString() };
  return [
    ['newest', {}],
    ['status=failed', { status: ['failed'] }],
    ['status=failed&webhook_id=…', { status: ['failed'], webhook_id: webhook!.id }],
    ['status=failed,retrying', { status: ['failed', 'retrying'] }],
    ['status=waiting', { status: ['waiting'] }],
    ['event=application.*&response=5xx', { event: 'application.*', response: '5xx' }],
    ['event=offer.* (none)', { event: 'offer.*' }],
    [`reference=candidate:${LOOKED_FOR}`, { reference: `candidate:${LOOKED_FOR}` }],
    ['status=failed, a week of last month', { status: ['failed'], ...weekAgo }],
    ['status=skipped, a week of last month', { status: ['skipped'], ...weekAgo }],
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
