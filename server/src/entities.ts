import { Agency } from './agencies/agency.entity.js';
import { PasswordReset } from './auth/sessions/password-reset.entity.js';
import { Session } from './auth/sessions/session.entity.js';
import { User } from './agencies/user.entity.js';
import { AuditEntry } from './audit/audit-entry.entity.js';
import { ApiKey } from './auth/keys/api-key.entity.js';
import { CodeSignIn } from './auth/keys/code-sign-in.entity.js';
import { WebhookEvent } from './events/event.entity.js';
import { EventRecord } from './events/records/record.entity.js';
import { Alert } from './webhooks/alerts/alert.entity.js';
import { WebhookAlerts } from './webhooks/alerts/webhook-alerts.entity.js';
import { SharedLink } from './webhooks/sharing/shared-link.entity.js';
import { WebhookAttempt } from './webhooks/model/attempt.entity.js';
import { WebhookDelivery } from './webhooks/model/delivery.entity.js';
import { WebhookProblem } from './webhooks/problems/webhook-problem.entity.js';
import { Recovery } from './webhooks/recoveries/recovery.entity.js';
import { Inbox } from './webhooks/inbox/inbox.entity.js';
import { InboxMessage } from './webhooks/inbox/inbox-message.entity.js';
import { MailConsent } from './webhooks/model/mail-consent.entity.js';
import { WebhookHealth } from './webhooks/model/webhook-health.entity.js';
import { Webhook } from './webhooks/model/webhook.entity.js';
import { WebhookRecipient } from './webhooks/model/webhook-recipient.entity.js';
import { WebhookVersion } from './webhooks/model/webhook-version.entity.js';

/** All entities. A test compares them with the schema. */
export const ENTITIES = [
  Agency,
  User,
  Session,
  PasswordReset,
  ApiKey,
  CodeSignIn,
  AuditEntry,
  EventRecord,
  Webhook,
  WebhookVersion,
  WebhookHealth,
  WebhookEvent,
  WebhookDelivery,
  WebhookAttempt,
  Recovery,
  Inbox,
  InboxMessage,
  WebhookProblem,
  WebhookRecipient,
  MailConsent,
  WebhookAlerts,
  SharedLink,
  Alert,
];
