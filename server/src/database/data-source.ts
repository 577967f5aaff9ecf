import type { DataSourceOptions } from 'typeorm';
import { Agency } from '../agencies/agency.entity.js';
import { Session } from '../agencies/session.entity.js';
import { User } from '../agencies/user.entity.js';
import { AuditEntry } from '../audit/audit-entry.entity.js';
import { ApiKey } from '../auth/api-key.entity.js';
import { EventReference } from '../events/event-reference.entity.js';
import { WebhookEvent } from '../events/event.entity.js';
import { IdempotencyKey } from '../events/idempotency-key.entity.js';
import { WebhookAttempt } from '../webhooks/deliveries/attempt.entity.js';
import { WebhookDelivery } from '../webhooks/deliveries/delivery.entity.js';
import { QueueEntry } from '../webhooks/engine/queue-entry.entity.js';
import { WebhookHealth } from '../webhooks/webhook-health.entity.js';
import { WebhookHour } from '../webhooks/webhook-hour.entity.js';
import { Webhook } from '../webhooks/webhook.entity.js';
import { impatientPg } from './pg-pool.js';

export const ENTITIES = [
  Agency,
  User,
  Session,
  ApiKey,
  AuditEntry,
  IdempotencyKey,
  Webhook,
  WebhookHealth,
  WebhookHour,
  WebhookEvent,
  EventReference,
  WebhookDelivery,
  QueueEntry,
  WebhookAttempt,
];

/** The two roles that the login role may take (security: one sees its own agency, the other everything). */
export type DatabaseRole = 'bpoc_tenant' | 'bpoc_service';

/** Name of the data source whose connections run as bpoc_service; the default one runs as bpoc_tenant. */
export const SERVICE = 'service';

export interface DataSourceSettings {
  url: string;
  role: DatabaseRole;
  poolSize: number;
}

/** Options of a pool whose every connection takes `role` as a start-up option, before any statement of ours can run. */
export function dataSourceOptions({ url, role, poolSize }: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    driver: impatientPg,
    entities: ENTITIES,
    poolSize,
    applicationName: role,
    extra: { options: `-c role=${role}`, connectionTimeoutMillis: 5_000, keepAlive: true },
  };
}
