import { isTool } from '../destinations/kinds.js';
import { healthWord } from './webhook-health-word.js';
import type { WebhookResponse } from './webhook-response.dto.js';

/** The fields of the API as selected in webhook-queries.ts, and what the computed ones need. */
export interface WebhookRow extends Omit<WebhookResponse, 'header_names' | 'health'> {
  agency_id: string;
  headers: Buffer | null;
  version: number;
}

/** A plain type of it: instances of classes cannot be spread. */
export type WebhookJson = Pick<WebhookResponse, keyof WebhookResponse>;

/** The webhook as the API returns it. Of its custom headers only the names leave the server. */
export function webhookJson(row: WebhookRow, header_names: string[]): WebhookJson {
  const { agency_id: _agency, headers: _headers, version: _version, ...fields } = row;
  return { ...fields, ...(isTool(row.kind) && addressHidden(row.url)), header_names, health: healthOf(row) };
}

/** Of a tool the address is the secret. */
function addressHidden(url: string): Pick<WebhookResponse, 'url' | 'secret_last4'> {
  return { url: `${new URL(url).origin}/…${url.slice(-4)}`, secret_last4: url.slice(-4) };
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
