import type { EntityManager } from 'typeorm';
import type { PageBounds } from '../../http/keyset-page.js';
import { AppError } from '../../lib/app-error.js';
import type { DestinationKind } from '../destinations/kinds.js';
import { describedHeaders } from '../engine/send/message-headers.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import { conditionsOf, type Conditions, type FilterParts } from './delivery-filter.js';
import {
  countStatement,
  DELIVERY,
  frequencyStatement,
  isNarrow,
  pageStatement,
  referringCountStatement,
  type Statement,
} from './delivery-sql.js';
import { recentFirst, recentPage } from './recent-first.js';
import type { AttemptContentResponse, AttemptResponse } from './attempt-response.dto.js';
import type {
  AnswerExcerptResponse,
  DeliveryCountsResponse,
  DeliveryResponse,
  EventDetailResponse,
} from './delivery-response.dto.js';
import { excerptOf, READ_CHARACTERS } from '../problems/masked.js';
import { WebhookEvent } from '../../events/event.entity.js';
import { WebhookAttempt } from '../model/attempt.entity.js';
import { type DeliveryState, WebhookDelivery } from '../model/delivery.entity.js';
import { WebhookVersion } from '../model/webhook-version.entity.js';
import { Webhook } from '../model/webhook.entity.js';
import type { RetryPlan } from '../model/retry-plans.js';

/* Reads of deliveries, their events and attempts. */

/** Counting stops here: an exact count would read the whole log of an agency. */
export const COUNT_CAP = 10_000;

/** What `DELIVERY` selects. Names are added only for callers who may see them. */
export type DeliveryRow = Omit<DeliveryResponse, 'about'>;

/** Matching deliveries, newest first. Throws AppError validation_failed for an invalid time. */
export async function findDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter & FilterParts,
  page: PageBounds,
): Promise<DeliveryRow[]> {
  const conditions = await withSearchOrder(manager, agencyId, conditionsOf(filter), FREQUENT.page);
  const find = (of: Conditions): Promise<DeliveryRow[]> => {
    const { sql, parameters } = pageStatement(agencyId, of, page);
    return manager.query(sql, parameters);
  };
  return conditions.logFirst
    ? find(conditions)
    : recentFirst(manager, agencyId, { conditions, ...recentPage<DeliveryRow>(page) }, find);
}

type Counts = Record<DeliveryState | 'total', number>;

/** How many of the newest events are sampled, to tell frequent references from rare ones. */
const SAMPLE_SIZE = 2_000;
/** With so many matches it is faster to check the event of each delivery. A page needs few deliveries, a count all. */
const FREQUENT = { page: 12, count: 60 };

/** Decides by a sample of the newest events whether to start from the log or from the events. */
async function withSearchOrder(
  manager: EntityManager,
  agencyId: string,
  conditions: Conditions,
  frequent: number,
): Promise<Conditions> {
  if (conditions.references.length === 0 || !isNarrow(conditions)) return conditions;
  const { sql, parameters } = frequencyStatement(agencyId, conditions, SAMPLE_SIZE);
  const [sample] = await manager.query<[{ count: number }]>(sql, parameters);
  return { ...conditions, logFirst: sample.count >= frequent };
}

/** Matching deliveries by state and in total. */
export async function countDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter & FilterParts,
): Promise<DeliveryCountsResponse> {
  const conditions = await withSearchOrder(manager, agencyId, conditionsOf(filter), FREQUENT.count);
  const refers = conditions.references.length > 0 && !conditions.logFirst;
  const counts = refers
    ? await countReferring(manager, agencyId, conditions)
    : await countsOf(manager, countStatement(agencyId, conditions, COUNT_CAP + 1));
  // A search that ended at the cap may have missed deliveries of any state.
  const isCut = (state: string) =>
    refers && counts.total > COUNT_CAP && (conditions.states?.includes(state as DeliveryState) ?? true);
  const capped = (state: string, found: number) => ({
    count: Math.min(found, COUNT_CAP),
    capped: found > COUNT_CAP || isCut(state),
  });
  return Object.fromEntries(
    Object.entries(counts).map(([state, found]) => [state, capped(state, found)]),
  ) as unknown as DeliveryCountsResponse;
}

/**
 * One search for all states, which ends at the cap: 40 ms instead of 240 for a rare record, and 0.1 s instead of 10 s
 * for one that a fifth of 500,000 events refer to.
 */
function countReferring(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts> {
  const search = { conditions, events: 50_000, isEnough: ({ total }: Counts) => total > COUNT_CAP };
  return recentFirst(manager, agencyId, search, (of) =>
    countsOf(manager, referringCountStatement(agencyId, of, COUNT_CAP + 1)),
  );
}

async function countsOf(manager: EntityManager, { sql, parameters }: Statement): Promise<Counts> {
  const counts: Counts = { total: 0, waiting: 0, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 };
  const rows = await manager.query<{ state: DeliveryState; count: number }[]>(sql, parameters);
  for (const { state, count } of rows) {
    counts[state] += count;
    counts.total += count;
  }
  return counts;
}

/** One delivery of the agency, with the retry plan of its webhook. Throws AppError not_found. */
export async function getDelivery(manager: EntityManager, agencyId: string, id: string) {
  const row = await manager
    .createQueryBuilder(WebhookDelivery, 'd')
    .innerJoin(Webhook, 'w', 'w.id = d.webhookId and w.agencyId = d.agencyId')
    .leftJoin(WebhookEvent, 'e', 'e.id = d.eventId and e.agencyId = d.agencyId')
    .select(`${DELIVERY}, w.retry_plan`)
    .where('d.id = :id and d.agencyId = :agencyId', { id, agencyId })
    .getRawOne<DeliveryRow & { retry_plan: RetryPlan }>();
  if (!row) throw new AppError('not_found', 'Delivery not found.');
  const { retry_plan, ...delivery } = row;
  return { delivery, retry_plan };
}

/** The event of a delivery; null when its partition was dropped. */
export async function findEventDetail(
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

/** With the kind of its webhook; its address is for `WebhookAddresses.inAttempt`. */
type Stored<Attempt> = Attempt & { kind: DestinationKind | null };

/** Attempt `a` with the configuration `v` that it used: a row is a stored AttemptResponse. */
const ATTEMPT = `a.n, a.started_at, a.outcome, a.reason, a.fenced, a.status as response_status, a.duration_ms,
  json_build_object('dns_ms', a.dns_ms, 'connect_ms', a.connect_ms, 'tls_ms', a.tls_ms,
    'first_byte_ms', a.first_byte_ms) as timing,
  a.reconnected, a.detail, a.certificate_expired_at, a.version, encode(v.url, 'base64') as address,
  v.kind, (
    select json_agg(json_build_object('email', m.email, 'outcome', m.outcome, 'smtp_code', m.smtp_code,
      'answer', m.answer, 'retry_at', m.retry_at) order by m.email)
    from attempt_mails m where m.agency_id = a.agency_id and m.delivery_id = a.delivery_id and m.n = a.n) as mails`;

/** Every attempt of a delivery, oldest first. */
export function findAttempts(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<Stored<AttemptResponse>[]> {
  return manager
    .createQueryBuilder(WebhookAttempt, 'a')
    .leftJoin(WebhookVersion, 'v', 'v.webhookId = a.webhookId and v.version = a.version and v.agencyId = a.agencyId')
    .select(ATTEMPT)
    .where('a.deliveryId = :deliveryId and a.agencyId = :agencyId', { deliveryId, agencyId })
    .orderBy('a.n')
    .getRawMany();
}

/** $1 delivery, $2 agency, $3 event. Without the event (erased) we cannot know which values to leave out. */
const SELECT_EXCERPTS = /* sql */ `
select a.n, left(a.response_body, ${READ_CHARACTERS}) as text, e.body as event
from webhook_attempts a
join webhook_events e on e.id = $3 and e.agency_id = $2 and e.body is not null
where a.delivery_id = $1 and a.agency_id = $2 and a.outcome = 'failed' and a.response_body <> ''
  and coalesce(a.response_encoding, 'utf-8') = 'utf-8'
order by a.n desc limit 20`;

/** How the newest answers to failed attempts begin, without personal data. */
export async function findExcerpts(
  manager: EntityManager,
  agencyId: string,
  { id, event_id }: Pick<DeliveryRow, 'id' | 'event_id'>,
): Promise<AnswerExcerptResponse[]> {
  const rows = (await manager.query(SELECT_EXCERPTS, [id, agencyId, event_id])) as (AnswerExcerptResponse & {
    event: string;
  })[];
  const [first] = rows;
  if (!first) return [];
  const event: unknown = JSON.parse(first.event);
  return rows.map(({ n, text }) => ({ n, text: excerptOf(text, event) }));
}

/** Limit for the answers of one delivery, newest first: it may have been resent a thousand times. */
const ANSWER_BYTES = 512 * 1024;

/**
 * `$1` delivery, `$2` agency, `$3` event. Answers beyond `ANSWER_BYTES` are left out; an answer without an encoding is
 * text.
 */
const SELECT_CONTENTS = /* sql */ `
select ${ATTEMPT}, a.release, a.signed_at, a.signatures, v.header_names,
  (select e.traceparent from webhook_events e where e.agency_id = $2 and e.id = $3 and v.traceparent) as traceparent,
  case when fits then a.response_headers end as response_headers,
  case when fits then a.response_body end as response_body,
  case when fits and a.response_body is not null then coalesce(a.response_encoding, 'utf-8') end
    as response_body_encoding,
  a.response_truncated or not fits as response_truncated
from (
  select *, sum(coalesce(octet_length(response_body), 0) + coalesce(octet_length(response_headers::text), 0))
    over (order by n desc) <= ${ANSWER_BYTES} as fits
  from all_attempts where delivery_id = $1 and agency_id = $2
) a left join webhook_versions v on v.webhook_id = a.webhook_id and v.version = a.version and v.agency_id = a.agency_id
order by a.n`;

interface ContentRow extends Omit<Stored<AttemptContentResponse>, 'request_headers'> {
  release: string | null;
  signed_at: number | null;
  signatures: number | null;
  header_names: string[] | null;
  /** Of the event, if it was sent. */
  traceparent: string | null;
}

/** Every attempt of a delivery with request and answer, oldest first. */
export async function findAttemptContents(
  manager: EntityManager,
  agencyId: string,
  delivery: DeliveryRow,
): Promise<Stored<AttemptContentResponse>[]> {
  const rows = await manager.query<ContentRow[]>(SELECT_CONTENTS, [delivery.id, agencyId, delivery.event_id]);
  return rows.map(({ release, signed_at, signatures, header_names, traceparent, ...attempt }) => ({
    ...attempt,
    request_headers: requestHeaders(
      { ...delivery, traceparent },
      { n: attempt.n, kind: attempt.kind, release, signed_at, signatures },
      header_names ?? [],
    ),
  }));
}

type KeptRequest = Pick<ContentRow, 'n' | 'release' | 'signed_at' | 'signatures' | 'kind'>;

/** null for an attempt that was interrupted, or that failed before it was signed: its headers are not known. */
function requestHeaders(
  { id, event_id, event, test, traceparent }: DeliveryRow & { traceparent: string | null },
  { n, release, signed_at, signatures, kind }: KeptRequest,
  headerNames: string[],
): Record<string, string> | null {
  if (release === null || signed_at === null || signatures === null) return null;
  const about = { deliveryId: id, eventId: event_id, eventType: event, test, traceparent };
  return describedHeaders(about, { n, release, signed_at, signatures, kind }, headerNames);
}
