import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { simpleSignature, standardSignature } from './signing.js';
import type { WebhookConfig } from '../webhook-configs.js';

/* Headers of an attempt, as sent and as stored (secrets masked). Pure: the time is passed in. */

export const USER_AGENT = 'BPOC-Webhooks/0.1.0';

export interface MessageHeaders {
  sent: Record<string, string>;
  /** For the log: signatures and custom values reduced to their last 4 characters. */
  kept: Record<string, string>;
}

export function messageHeaders(delivery: ClaimedDelivery, config: WebhookConfig, nowMs: number): MessageHeaders {
  const timestamp = Math.floor(nowMs / 1000);
  const message = { id: delivery.eventId, timestamp, body: delivery.body };
  const previous = config.previous && nowMs < config.previous.untilMs ? config.previous : null;
  // Both secrets sign during an overlap; the header that holds only one signature uses the old secret until it is
  // switched.
  const standard = [config.current, ...(previous ? [previous] : [])].map((keys) => standardSignature(keys, message));
  const simple = simpleSignature(previous && !previous.switched ? previous : config.current, delivery.body);
  // Some firewalls refuse requests without it (RFC 9110 §12.5.1); the custom headers may override it.
  const namesAccept = Object.keys(config.headers).some((name) => name.toLowerCase() === 'accept');
  const plain: Record<string, string> = {
    ...(namesAccept ? {} : { accept: '*/*' }),
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'x-webhook-event': delivery.eventType,
    'x-webhook-delivery': delivery.deliveryId,
    'x-webhook-attempt': String(delivery.attempt),
    'webhook-id': delivery.eventId,
    'webhook-timestamp': String(timestamp),
    ...(delivery.test ? { 'x-webhook-test': 'true' } : {}),
  };
  return {
    sent: { ...config.headers, ...plain, 'x-webhook-signature': simple, 'webhook-signature': standard.join(' ') },
    kept: {
      ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name, masked(value)])),
      ...plain,
      'x-webhook-signature': `sha256=${masked(simple)}`,
      'webhook-signature': standard.map((signature) => `v1,${masked(signature)}`).join(' '),
    },
  };
}

/** `…` and the last 4 characters; only `…` for a short value, of which 4 characters would reveal too much. */
export function masked(value: string): string {
  return value.length >= 12 ? `…${value.slice(-4)}` : '…';
}
