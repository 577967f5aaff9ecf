import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { deliveryLog } from '../../../test/delivery-log.js';
import { insertEvent } from '../../../test/insert-delivery.js';
import { LONG } from '../../../test/long.js';
import { isPending } from '../../../test/delivery-states.js';
import type { DeliveryState } from '../model/delivery.entity.js';

/*
 * Paging through the log while it changes: for any filter, page size, density of ids and changes between two pages, no
 * row comes twice, none that matched throughout is missing, and the counts agree with the rows. The events share
 * milliseconds, and often the whole leading half of the id, which deliveries take from their event; others are exactly
 * a day older.
 */

interface Look {
  state: DeliveryState;
  status: number | null;
  reason: string | null;
  attempts: number;
}

const LOOKS: Look[] = [
  { state: 'waiting', status: null, reason: null, attempts: 0 },
  { state: 'retrying', status: 503, reason: 'down', attempts: 1 },
  { state: 'retrying', status: null, reason: 'timeout', attempts: 2 },
  { state: 'delivered', status: 200, reason: 'ok', attempts: 1 },
  { state: 'delivered', status: 204, reason: 'ok', attempts: 3 },
  // Resent and refused.
  { state: 'delivered', status: 503, reason: 'down', attempts: 2 },
  { state: 'waiting', status: 503, reason: 'down', attempts: 4 },
  { state: 'failed', status: 503, reason: 'down', attempts: 4 },
  { state: 'failed', status: null, reason: 'timeout', attempts: 4 },
  // A script of a sheet.
  { state: 'failed', status: 200, reason: 'wrong_key', attempts: 4 },
  { state: 'skipped', status: null, reason: 'webhook_off', attempts: 0 },
  { state: 'cancelled', status: null, reason: 'cancelled', attempts: 0 },
];
const TYPES = ['offer.sent', 'offer.accepted', 'application.created'];

interface Row extends Look {
  id: string;
  eventId: string;
  ms: number;
  type: string;
  webhook: number;
  test: boolean;
  reference: string | null;
}

const DAY_MS = 86_400_000;

/** A delivery of a run; its time varies by whole days, milliseconds and the 12 bits after them. */
const newRow = fc.record({
  ms: fc.tuple(fc.nat({ max: 1 }), fc.constantFrom(0, 0, 1, 2)).map(([ms, days]) => ms - days * DAY_MS),
  bits: fc.constantFrom('000', '000', '000', 'fff'),
  type: fc.constantFrom(...TYPES),
  webhook: fc.nat({ max: 1 }),
  test: fc.constantFrom(false, false, false, true),
  reference: fc.constantFrom('c-1', 'c-1', 'c-2', null),
  look: fc.constantFrom(...LOOKS),
});
type NewRow = typeof newRow extends fc.Arbitrary<infer T> ? T : never;

/** Mostly absent: with every condition hardly anything matches. */
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const filters = fc.record({
  status: maybe(
    fc.oneof(
      fc.constant<DeliveryState[]>(['waiting', 'retrying']),
      fc.subarray([...new Set(LOOKS.map(({ state }) => state))], { minLength: 1 }),
    ),
  ),
  event: maybe(fc.constantFrom('*', 'offer.*', 'offer.sent')),
  webhook: maybe(fc.nat({ max: 1 })),
  response: maybe(fc.constantFrom('2xx', '503', 'none')),
  reason: maybe(fc.constantFrom('ok', 'down', 'webhook_off')),
  test: maybe(fc.constantFrom('true', 'any', 'false')),
  reference: fc.option(fc.constantFrom('c-1', 'candidate:c-1', 'c-9'), { nil: undefined, freq: 1 }),
  from: maybe(fc.nat({ max: 3 })),
  to: maybe(fc.nat({ max: 3 })),
});
type Filter = typeof filters extends fc.Arbitrary<infer T> ? T : never;

const changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('arrives' as const), row: newRow }),
    fc.record({ kind: fc.constant('changes' as const), which: fc.nat(), look: fc.constantFrom(...LOOKS) }),
  ),
  { maxLength: 3 },
);

function matches(row: Row, filter: Filter): boolean {
  const { status, event, webhook, response, reason, test = 'false', reference, from, to } = filter;
  const answers = {
    '2xx': row.status !== null && row.status < 300,
    '503': row.status === 503,
    none: row.status === null && row.attempts > 0,
  };
  return (
    (status === undefined || status.includes(row.state)) &&
    (event === undefined || event === '*' || event === row.type || (event === 'offer.*' && row.type !== TYPES[2])) &&
    (webhook === undefined || webhook === row.webhook) &&
    (response === undefined || answers[response]) &&
    (reason === undefined || reason === row.reason) &&
    (test === 'any' || String(row.test) === test) &&
    (reference === undefined || row.reference === reference.replace('candidate:', '')) &&
    (from === undefined || row.ms >= from) &&
    (to === undefined || row.ms < to)
  );
}

const log = deliveryLog();
let webhookIds: string[];
const start = Date.now() - 60_000;

beforeEach(async () => {
  webhookIds = [log.webhookId, await log.addWebhook()];
});

async function insert({ ms, bits, type, webhook, test, reference, look }: NewRow): Promise<Row> {
  const time = (start + ms).toString(16).padStart(12, '0');
  const rest = randomBytes(8).toString('hex');
  const eventId = `${time.slice(0, 8)}-${time.slice(8)}-7${bits}-8${rest.slice(0, 3)}-${rest.slice(3, 15)}`;
  if (reference !== null)
    await insertEvent(log.api.sql, { id: eventId, agencyId: log.agency.id, references: [['candidate', reference]] });
  const [made] = await log.api.sql<{ id: string }>(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at)
     values (delivery_id($1, $2), $3, $2, $1, $4, now() + interval '1 day') returning delivery_id as id`,
    [eventId, webhookIds[webhook], log.agency.id, type],
  );
  const row = { id: made!.id, eventId, ms, type, webhook, test, reference, ...LOOKS[0]! };
  // Only what waits for its first attempt is not in the log, and a test never waits.
  if (test || look !== LOOKS[0]) await change(row, look);
  return row;
}

async function change(row: Row, look: Look): Promise<void> {
  Object.assign(row, look);
  const { id, eventId, webhook, type, test, state, status, reason, attempts } = row;
  await log.api.sql(
    `with changed as (
       insert into webhook_deliveries (id, state, last_status, last_reason, attempts, agency_id, webhook_id, event_id,
         event_type, test)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11)
       on conflict (agency_id, id) do update set (state, last_status, last_reason, attempts)
         = (excluded.state, excluded.last_status, excluded.last_reason, excluded.attempts)
     ), over as (delete from webhook_queue where delivery_id = $1 and not $9::boolean)
     insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, logged)
     select $1, $6, $7, $8, $10, now() + interval '1 day', true where $9
     on conflict (delivery_id) do update set logged = true`,
    [id, state, status, reason, attempts, log.agency.id, webhookIds[webhook], eventId, isPending(state), type, test],
  );
}

function queryOf(filter: Filter, limit?: number): string {
  const { status, webhook, from, to, ...others } = filter;
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(start + ms).toISOString());
  const all = { ...others, status: status?.join(), from: time(from), to: time(to), limit: limit?.toString() };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (webhook !== undefined) given.push(['webhook_id', webhookIds[webhook]!]);
  return new URLSearchParams(given).toString();
}

const counted = async (filter: Filter): Promise<unknown> =>
  (await log.agency.ask('get', `/deliveries/counts?${queryOf(filter)}`)).body;

function countsOf(rows: readonly Row[]): Record<string, { count: number; capped: boolean }> {
  const count = (state?: DeliveryState) => rows.filter((row) => state === undefined || row.state === state).length;
  const states: DeliveryState[] = ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'];
  const counts = [['total', count()], ...states.map((state) => [state, count(state)])] as [string, number][];
  return Object.fromEntries(counts.map(([name, n]) => [name, { count: n, capped: false }]));
}

describe('paging through the log while it changes', () => {
  it('shows no delivery twice and misses none that matched throughout', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(newRow, { maxLength: 25, size: 'max' }),
        filters,
        fc.integer({ min: 1, max: 6 }),
        fc.array(changes, { maxLength: 6, size: 'max' }),
        async (inserted, filter, limit, between) => {
          for (const table of ['webhook_deliveries', 'webhook_queue', 'webhook_events'])
            await log.api.sql(`delete from ${table} where agency_id = $1`, [log.agency.id]);
          const rows: Row[] = [];
          for (const row of inserted) rows.push(await insert(row));
          const always = new Set(rows.filter((row) => matches(row, filter)).map(({ id }) => id));
          expect(await counted(filter)).toEqual(countsOf(rows.filter((row) => matches(row, filter))));
          const ever = new Set(always);
          const seen: string[] = [];
          let cursor: string | null = '';
          for (let page = 0; cursor !== null; page++) {
            const query = `${queryOf(filter, limit)}${cursor && `&cursor=${cursor}`}`;
            const { status, body } = await log.agency.ask('get', `/deliveries?${query}`);
            expect(status).toBe(200);
            seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
            cursor = body.next_cursor as string | null;
            for (const step of between[page] ?? []) {
              if (step.kind === 'arrives') rows.push(await insert(step.row));
              else if (rows.length > 0) await change(rows[step.which % rows.length]!, step.look);
              for (const row of rows) {
                if (matches(row, filter)) ever.add(row.id);
                else always.delete(row.id);
              }
            }
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(seen.toSorted().toReversed());
          expect([...always].filter((id) => !seen.includes(id))).toEqual([]);
          expect(seen.filter((id) => !ever.has(id))).toEqual([]);
        },
      ),
      { numRuns: LONG ? 120 : 20 },
    );
  }, 240_000);

  it('finds by reference the deliveries of events whose ids begin alike', async () => {
    const alike = {
      ms: 1,
      bits: '000' as const,
      type: 'offer.sent',
      webhook: 0,
      test: false,
      reference: 'c-1' as const,
      look: LOOKS[3]!,
    };
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push((await insert({ ...alike, webhook: n % 2 })).id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await log.agency.ask('get', `/deliveries?reference=c-1&limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(seen).toEqual(ids.toSorted().toReversed());
  });
});
