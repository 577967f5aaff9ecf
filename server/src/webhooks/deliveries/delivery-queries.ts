import type { EntityManager } from 'typeorm';
import { AppError } from '../../lib/app-error.js';
import { systemClock } from '../../lib/clock.js';
import { uuidFloor, uuidTime } from '../../lib/ids.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import { conditionsOf, isInOrder, isPicky, isRefusal, type Conditions } from './delivery-filter.js';
import { DELIVERY, eachStateStatement, pageStatement, statesStatement, type Page } from './delivery-sql.js';
import type {
  AttemptContentResponse,
  AttemptResponse,
  DeliveryAttemptContentResponse,
} from './attempt-response.dto.js';
import type { DeliveryCountsResponse, DeliveryResponse, EventDetailResponse } from './delivery-response.dto.js';
import { WebhookEvent } from '../../events/event.entity.js';
import { WebhookAttempt } from '../model/attempt.entity.js';
import { DELIVERY_STATES, type DeliveryState, WebhookDelivery } from '../model/delivery.entity.js';
import { Webhook } from '../model/webhook.entity.js';
import type { RetryPlan } from '../model/retry-plans.js';

/* Reads of deliveries, events and attempts. An id is in one partition; no statement joins two partitioned tables. */

/** Counts stop here: an exact count would read the whole log of an agency. */
export const COUNT_CAP = 10_000;

const DAY_MS = 86_400_000;

/**
 * Matching deliveries, newest first. Searches the day before the cursor first: that is enough for most queries and
 * touches two partitions of thirty; if it is not, matches are rare. Throws AppError validation_failed for an invalid
 * time.
 */
export async function findDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
  page: Page,
): Promise<DeliveryResponse[]> {
  const conditions = conditionsOf(filter);
  const find = (where: Conditions, { before, limit, rare }: Page): Promise<DeliveryResponse[]> => {
    const { sql, parameters } = pageStatement(agencyId, where, { before, limit, rare });
    return manager.query(sql, parameters);
  };
  const day = dayBefore([page.before, conditions.beforeId]);
  if (isInOrder(conditions) || (conditions.fromId ?? '') >= day) return find(conditions, page);
  const newest = await find({ ...conditions, fromId: day }, page);
  if (newest.length === page.limit) return newest;
  const limit = page.limit - newest.length;
  return [...newest, ...(await find(conditions, { before: day, limit, rare: isPicky(conditions) }))];
}

/** The lowest id of the day before the earliest of these ids. */
function dayBefore(ids: readonly (string | null)[]): string {
  const ends = ids.filter((id) => id !== null).map(uuidTime);
  return uuidFloor(Math.max(0, Math.min(systemClock.now(), ...ends) - DAY_MS));
}

type Counts = Record<DeliveryState | 'total', number>;

/** Matching deliveries by state and in total. */
export async function countDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
): Promise<DeliveryCountsResponse> {
  const conditions = conditionsOf(filter);
  const fewMatch = conditions.references.length > 0 || isRefusal(conditions.response);
  const together = fewMatch ? await countTogether(manager, agencyId, conditions) : null;
  const counts = Object.entries(together ?? (await countEach(manager, agencyId, conditions)));
  const capped = (found: number) => ({ count: Math.min(found, COUNT_CAP), capped: found > COUNT_CAP });
  return Object.fromEntries(
    counts.map(([state, found]) => [state, capped(found)]),
  ) as unknown as DeliveryCountsResponse;
}

/** One subquery per state: rare states are counted in their index, and only `delivered` reads the log itself. */
async function countEach(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts> {
  const states = conditions.states ?? DELIVERY_STATES;
  if (states.length === 0) return NONE;
  const { sql, parameters } = eachStateStatement(agencyId, conditions, states, COUNT_CAP + 1);
  const [row] = (await manager.query(sql, parameters)) as Partial<Counts>[];
  return totalled(row!);
}

/** References and failed answers have one access path for all states: 40 ms at once, 240 apart. null: too many. */
async function countTogether(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts | null> {
  // Below this total no count was truncated.
  const limit = DELIVERY_STATES.length * (COUNT_CAP + 1);
  const { sql, parameters } = statesStatement(agencyId, conditions, limit);
  const rows = (await manager.query(sql, parameters)) as { state: DeliveryState; count: number }[];
  const counts = totalled(Object.fromEntries(rows.map(({ state, count }) => [state, count])));
  return counts.total >= limit ? null : counts;
}

function totalled(states: Partial<Record<DeliveryState, number>>): Counts {
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return { ...NONE, ...states, total };
}

const NONE: Counts = { total: 0, waiting: 0, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 };

/** One delivery of the agency, with the retry plan of its webhook. Throws AppError not_found. */
export async function getDelivery(manager: EntityManager, agencyId: string, id: string) {
  const row = await manager
    .createQueryBuilder(WebhookDelivery, 'd')
    .innerJoin(Webhook, 'w', 'w.id = d.webhookId and w.agencyId = d.agencyId')
    .select(`${DELIVERY}, w.retry_plan`)
    .where('d.id = :id and d.agencyId = :agencyId', { id, agencyId })
    .getRawOne<DeliveryResponse & { retry_plan: RetryPlan }>();
  if (!row) throw new AppError('not_found', 'There is no such delivery.');
  const { retry_plan, ...delivery } = row;
  return { delivery, retry_plan };
}

/** The event of a delivery; null when its partition was dropped. */
export async function findEvent(
  manager: EntityManager,
  agencyId: string,
  id: string,
): Promise<EventDetailResponse | null> {
  const event = await manager
    .createQueryBuilder(WebhookEvent, 'e')
    .select('e.id, e.type, e.occurred_at, e.accepted_at, e.test, octet_length(e.body) as size_bytes, e.purged_at')
    .where('e.id = :id and e.agencyId = :agencyId', { id, agencyId })
    .getRawOne<EventDetailResponse>();
  return event ?? null;
}

/** Attempt `a`: a row is an AttemptResponse. */
const ATTEMPT = `a.n, a.started_at, a.outcome, a.reason, a.fenced, a.status as response_status, a.duration_ms,
  json_build_object('dns_ms', a.dns_ms, 'connect_ms', a.connect_ms, 'tls_ms', a.tls_ms,
    'first_byte_ms', a.first_byte_ms) as timing,
  a.reconnected, a.detail, a.certificate_expired_at`;

/** Every attempt of a delivery, oldest first. */
export function findAttempts(manager: EntityManager, agencyId: string, deliveryId: string): Promise<AttemptResponse[]> {
  return manager
    .createQueryBuilder(WebhookAttempt, 'a')
    .select(ATTEMPT)
    .where('a.deliveryId = :deliveryId and a.agencyId = :agencyId', { deliveryId, agencyId })
    .orderBy('a.n')
    .getRawMany();
}

/** Limit for the answers of one delivery, newest first: it may have been resent a thousand times. */
const ANSWER_BYTES = 512 * 1024;

/**
 * `columns` of attempts with request and answer; answers beyond `ANSWER_BYTES` are left out. Those stored before the
 * encoding was recorded are text.
 */
function contentsSql(columns: string): string {
  return `
    select ${columns}, a.request_headers, case when fits then a.response_headers end as response_headers,
      case when fits then a.response_body end as response_body,
      case when fits and a.response_body is not null then coalesce(a.response_encoding, 'utf-8') end
        as response_body_encoding,
      a.response_truncated or not fits as response_truncated
    from (
      select *, sum(coalesce(octet_length(response_body), 0) + coalesce(octet_length(response_headers::text), 0))
        over (order by n desc) <= ${ANSWER_BYTES} as fits
      from webhook_attempts where delivery_id = $1 and agency_id = $2
    ) a order by a.n`;
}

/** Request and answer of every attempt, oldest first. */
export function findAttemptContents(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<DeliveryAttemptContentResponse[]> {
  return manager.query(contentsSql('a.n'), [deliveryId, agencyId]);
}

/** Every attempt with request and answer, oldest first. */
export function findAttemptsWithContents(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<AttemptContentResponse[]> {
  return manager.query(contentsSql(ATTEMPT), [deliveryId, agencyId]);
}
