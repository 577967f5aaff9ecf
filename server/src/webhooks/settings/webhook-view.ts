import { healthWord } from './webhook-health-word.js';
import type { WebhookResponse } from './webhook-response.dto.js';

/** The fields of the API as selected in webhook-queries.ts, and what the computed ones need. */
export interface WebhookRow extends Omit<WebhookResponse, 'header_names' | 'health' | 'url'> {
  agency_id: string;
  url: Buffer;
  headers: Buffer | null;
  version: number;
}

/** A plain type of it: instances of classes cannot be spread. */
export type WebhookJson = Pick<WebhookResponse, keyof WebhookResponse>;

/** The webhook as the API returns it. Of its custom headers only the names leave the server. */
export function webhookJson(row: WebhookRow, opened: Pick<WebhookJson, 'url' | 'header_names'>): WebhookJson {
  const { agency_id: _agency, headers: _headers, url: _url, version: _version, ...fields } = row;
  return { ...fields, ...opened, health: healthOf(row) };
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
