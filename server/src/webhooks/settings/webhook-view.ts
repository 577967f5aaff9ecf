import { withPending, type NotDelivered } from './not-delivered.js';
import { outdatedConditions } from '../destinations/conditions.js';
import { isTool, paceOf } from '../destinations/kinds.js';
import { healthWord } from './webhook-health-word.js';
import type { WebhookRow } from './webhook-queries.js';
import type { WebhookResponse } from './webhook-response.dto.js';

const HOUR_MS = 3_600_000;

/** A plain type of it: instances of classes cannot be spread. */
export type WebhookJson = Pick<WebhookResponse, keyof WebhookResponse>;

/** The webhook as the API returns it. Of its custom headers only the names leave the server. */
export function webhookJson(
  row: WebhookRow,
  opened: Pick<WebhookJson, 'url' | 'recipients' | 'header_names'>,
  missing: NotDelivered,
): WebhookJson {
  const { agency_id: _agency, headers: _headers, url: _url, version: _version, ...fields } = row;
  const hours = withPending(row.last_24h.hours, missing.pending, HOUR_MS);
  return {
    ...fields,
    ...opened,
    pace: paceOf(row.kind, row.pace),
    // Of a tool the address is the secret.
    ...(isTool(row.kind) && { secret_last4: opened.url?.slice(-4) ?? '' }),
    outdated_conditions: outdatedConditions(row.conditions),
    health: healthOf(row),
    not_delivered: missing.whole,
    last_24h: { ...row.last_24h, hours },
  };
}

export function healthOf(row: WebhookRow): WebhookResponse['health'] {
  return healthWord({
    isActive: row.is_active,
    isPaused: row.paused_until !== null,
    isHeld: row.held_until !== null,
    failuresInARow: row.failures_in_a_row,
    wasTried: row.last_delivery !== null,
    last24h: row.last_24h,
  });
}
