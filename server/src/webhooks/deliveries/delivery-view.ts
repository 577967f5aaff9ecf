import type { Reason } from '../model/reasons.js';
import { RETRY_DELAYS_MS, type RetryPlan } from '../model/retry-plans.js';
import type {
  AttemptContentResponse,
  AttemptResponse,
  DeliveryAttemptContentResponse,
  ExchangedContentResponse,
} from './attempt-response.dto.js';
import type {
  DeliveryDetailResponse,
  DeliveryResponse,
  EventDetailResponse,
  ResendResponse,
} from './delivery-response.dto.js';
import type { DeliveryState } from '../model/delivery.entity.js';

/* Rows as delivery-queries.ts reads them, and the JSON they become. */

export interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  test: boolean;
  subject_kind: string | null;
  subject_id: string | null;
  state: DeliveryState;
  attempts: number;
  last_status: number | null;
  last_reason: Reason | null;
  duration_ms: number | null;
  next_attempt_at: Date | null;
  created_at: Date;
  finished_at: Date | null;
  /** Of its webhook, as it is now. */
  url: string;
  description: string;
  is_active: boolean;
  deleted: boolean;
  retry_plan: RetryPlan;
}

export interface EventRow {
  id: string;
  type: string;
  occurred_at: Date;
  accepted_at: Date;
  test: boolean;
  size_bytes: number | null;
  purged_at: Date | null;
}

export interface AttemptRow {
  n: number;
  started_at: Date;
  outcome: AttemptResponse['outcome'];
  reason: Reason;
  fenced: boolean;
  status: number | null;
  duration_ms: number | null;
  dns_ms: number | null;
  connect_ms: number | null;
  tls_ms: number | null;
  first_byte_ms: number | null;
  reconnected: boolean;
  detail: string | null;
  certificate_expired_at: Date | null;
}

export interface AttemptContentRow extends AttemptRow {
  request_headers: Record<string, string> | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
  response_truncated: boolean;
  response_encoding: ExchangedContentResponse['response_body_encoding'];
}

export function deliveryJson(row: DeliveryRow) {
  const { subject_kind: kind, subject_id: subjectId } = row;
  return {
    id: row.id,
    webhook: {
      id: row.webhook_id,
      url: row.url,
      description: row.description,
      is_active: row.is_active,
      deleted: row.deleted,
    },
    event_id: row.event_id,
    event: row.event_type,
    test: row.test,
    subject: kind !== null && subjectId !== null ? { kind, id: subjectId } : null,
    status: row.state,
    attempts: row.attempts,
    response_status: row.last_status,
    reason: row.last_reason,
    duration_ms: row.duration_ms,
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  } satisfies DeliveryResponse;
}

export function deliveryDetailJson(
  row: DeliveryRow,
  event: EventRow | null,
  { attempts, resends }: { attempts: readonly AttemptRow[]; resends: ResendResponse[] },
): DeliveryDetailResponse {
  return {
    ...deliveryJson(row),
    retry_plan: row.retry_plan,
    max_attempts: row.test ? 1 : RETRY_DELAYS_MS[row.retry_plan].length + 1,
    event_detail: event && eventDetailJson(event),
    timeline: attempts.map(attemptJson),
    resends,
  };
}

function eventDetailJson(event: EventRow): EventDetailResponse {
  return {
    id: event.id,
    type: event.type,
    occurred_at: event.occurred_at.toISOString(),
    accepted_at: event.accepted_at.toISOString(),
    test: event.test,
    size_bytes: event.size_bytes,
    purged_at: event.purged_at?.toISOString() ?? null,
  };
}

function attemptJson(row: AttemptRow) {
  const { dns_ms, connect_ms, tls_ms, first_byte_ms } = row;
  return {
    n: row.n,
    started_at: row.started_at.toISOString(),
    outcome: row.outcome,
    reason: row.reason,
    fenced: row.fenced,
    response_status: row.status,
    duration_ms: row.duration_ms,
    timing: { dns_ms, connect_ms, tls_ms, first_byte_ms },
    reconnected: row.reconnected,
    detail: row.detail,
    certificate_expired_at: row.certificate_expired_at?.toISOString() ?? null,
  } satisfies AttemptResponse;
}

function exchangedJson(row: AttemptContentRow) {
  const { request_headers, response_headers, response_body, response_truncated } = row;
  // What was stored before the encoding was noted is text.
  const response_body_encoding = response_body === null ? null : (row.response_encoding ?? 'utf-8');
  const answer = { response_headers, response_body, response_body_encoding, response_truncated };
  return { request_headers, ...answer } satisfies ExchangedContentResponse;
}

export function attemptContentJson(row: AttemptContentRow): AttemptContentResponse {
  return { ...attemptJson(row), ...exchangedJson(row) };
}

export function deliveryAttemptContentJson(row: AttemptContentRow): DeliveryAttemptContentResponse {
  return { n: row.n, ...exchangedJson(row) };
}
