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
  // Assigned one by one: merging objects makes them slow ones, of 1.5 kB, that live until the next full collection.
  const sent: Record<string, string> = {};
  const kept: Record<string, string> = {};
  let namesAccept = false;
  for (const name of Object.keys(config.headers)) {
    sent[name] = config.headers[name]!;
    kept[name] = masked(sent[name]);
    namesAccept ||= name.toLowerCase() === 'accept';
  }
  // Some firewalls refuse requests without it (RFC 9110 §12.5.1); the custom headers may override it.
  if (!namesAccept) sent['accept'] = kept['accept'] = '*/*';
  sent['content-type'] = kept['content-type'] = 'application/json';
  sent['user-agent'] = kept['user-agent'] = USER_AGENT;
  sent['x-webhook-event'] = kept['x-webhook-event'] = delivery.eventType;
  sent['x-webhook-delivery'] = kept['x-webhook-delivery'] = delivery.deliveryId;
  sent['x-webhook-attempt'] = kept['x-webhook-attempt'] = String(delivery.attempt);
  sent['webhook-id'] = kept['webhook-id'] = delivery.eventId;
  sent['webhook-timestamp'] = kept['webhook-timestamp'] = String(timestamp);
  if (delivery.test) sent['x-webhook-test'] = kept['x-webhook-test'] = 'true';
  sent['x-webhook-signature'] = simple;
  kept['x-webhook-signature'] = `sha256=${masked(simple)}`;
  sent['webhook-signature'] = standard.join(' ');
  kept['webhook-signature'] = standard.map((signature) => `v1,${masked(signature)}`).join(' ');
  return { sent, kept };
}

/** `…` and the last 4 characters; only `…` for a short value, of which 4 characters would reveal too much. */
export function masked(value: string): string {
  return value.length >= 12 ? `…${value.slice(-4)}` : '…';
}
