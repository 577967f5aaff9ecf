import { healthWord } from './webhook-health-word.js';
import type { Reason } from '../model/outcome.js';
import type { RetryPlan } from '../engine/send/retry-policy.js';
import type { WebhookResponse } from './webhook-response.dto.js';

/** Settings, health and 24-hour counts, as selected in webhook-queries.ts. */
export interface WebhookRow {
  id: string;
  agency_id: string;
  url: string;
  inbox_id: string | null;
  description: string;
  events: string[];
  is_active: boolean;
  off_reason: WebhookResponse['off_reason'];
  off_at: Date | null;
  retry_plan: RetryPlan;
  headers: Buffer | null;
  secret_last4: string;
  secret_created_at: Date;
  /** null once the overlap has ended by the database clock. */
  previous_last4: string | null;
  previous_until: Date | null;
  secret_switched: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
  failures_in_a_row: number;
  failing_since: Date | null;
  paused_until: Date | null;
  last_attempt_at: Date | null;
  last_status: number | null;
  last_reason: Reason | null;
  delivered_24h: number;
  failed_24h: number;
  failed_attempts_24h: number;
  hours: { start: string; delivered: number; failed: number }[];
}

export type WebhookJson = ReturnType<typeof webhookJson>;

/** The webhook as the API returns it. Of its custom headers only the names leave the server. */
export function webhookJson(row: WebhookRow, headerNames: string[]) {
  return {
    id: row.id,
    url: row.url,
    inbox_id: row.inbox_id,
    description: row.description,
    events: row.events,
    is_active: row.is_active,
    off_reason: row.off_reason,
    off_at: timeOrNull(row.off_at),
    retry_plan: row.retry_plan,
    header_names: headerNames,
    ...secretJson(row),
    health: healthOf(row),
    failures_in_a_row: row.failures_in_a_row,
    failing_since: timeOrNull(row.failing_since),
    paused_until: timeOrNull(row.paused_until),
    last_delivery: lastDelivery(row),
    last_24h: {
      delivered: row.delivered_24h,
      failed: row.failed_24h,
      failed_attempts: row.failed_attempts_24h,
      hours: row.hours.map((hour) => ({ ...hour, start: new Date(hour.start).toISOString() })),
    },
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  } satisfies WebhookResponse;
}

function secretJson(
  row: WebhookRow,
): Pick<WebhookResponse, 'secret_last4' | 'secret_created_at' | 'previous_secret' | 'secret_switched'> {
  const overlaps = row.previous_last4 !== null && row.previous_until !== null;
  return {
    secret_last4: row.secret_last4,
    secret_created_at: row.secret_created_at.toISOString(),
    previous_secret: overlaps ? { last4: row.previous_last4!, until: row.previous_until!.toISOString() } : null,
    // The end of the overlap switches too, without a write.
    secret_switched: row.secret_switched || !overlaps,
  };
}

export function healthOf(row: WebhookRow): WebhookResponse['health'] {
  return healthWord({
    isActive: row.is_active,
    pausedUntil: row.paused_until,
    failuresInARow: row.failures_in_a_row,
    lastAttemptAt: row.last_attempt_at,
    last24h: { failed: row.failed_24h, failedAttempts: row.failed_attempts_24h },
  });
}

function lastDelivery({ last_attempt_at, last_status, last_reason }: WebhookRow): WebhookResponse['last_delivery'] {
  if (last_attempt_at === null || last_reason === null) return null;
  return { at: last_attempt_at.toISOString(), response_status: last_status, reason: last_reason };
}

function timeOrNull(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
