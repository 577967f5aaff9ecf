import { keysAt, standardSignature, USER_AGENT, type SigningConfig } from '../engine/send/message-headers.js';
import { mailOf } from '../../outbound/mail-layout.js';
import type { Mail } from '../../outbound/mailer.js';
import type { AlertText } from './alert-text.js';
import type { Alert } from './alert.entity.js';

/* The contents of an alert: a mail, or for a URL JSON like that of a webhook, signed with the webhook's secret. */

const WHY =
  'You get this email because your address is in the settings of this webhook, under "Who to email if it fails".';

export function alertMail({ id, to }: Pick<Mail, 'id' | 'to'>, text: AlertText, link: string | null): Mail {
  const links = link === null ? [] : [{ text: text.link, url: link }];
  return { id, to, ...mailOf({ subject: text.subject, paragraphs: text.lines, links, note: WHY }) };
}

/** The event is `webhook.` and the kind of the alert, such as `webhook.paused`. */
export function alertBody(
  alert: Pick<Alert, 'webhookId' | 'kind' | 'facts' | 'createdAt'>,
  link: string | null,
): string {
  const { facts, webhookId } = alert;
  const { description, url, reason, response_status, failing_since, switches_off_at, off_reason, conditions } = facts;
  return JSON.stringify({
    event: `webhook.${alert.kind}`,
    timestamp: alert.createdAt.toISOString(),
    data: {
      webhook_id: webhookId,
      webhook_url: url,
      description,
      reason,
      response_status,
      failing_since: failing_since === null ? null : new Date(failing_since).toISOString(),
      switches_off_at: switches_off_at === null ? null : new Date(switches_off_at).toISOString(),
      off_reason,
      ...(conditions && { conditions }),
      admin_url: link,
    },
  });
}

/** As in Standard Webhooks. The id is that of the alert, so it stays the same over retries. */
export function alertHeaders(id: string, body: string, config: SigningConfig, nowMs: number): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1000);
  const signatures = keysAt(config, nowMs).map((keys) => standardSignature(keys, { id, timestamp, body }));
  return {
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
