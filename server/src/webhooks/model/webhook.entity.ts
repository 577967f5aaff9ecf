import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/**
 * A registered webhook: address, secret, subscribed events, on or off. `version` rises with every change: ETag and
 * cache key.
 */
@Entity('webhooks')
export class Webhook extends TenantRow {
  /** Encrypted (webhook-secrets.ts): its path and query may hold a key. null: it has recipients. */
  @Column('bytea', { nullable: true })
  url: Buffer | null;

  @Column('text', { default: 'endpoint' })
  kind: 'endpoint' | 'slack' | 'teams' | 'google_chat' | 'google_sheets' | 'email' | 'listen';

  /** How messages of a tool are written; null for endpoints. */
  @Column('json', { nullable: true })
  style: {
    names: 'full' | 'initials' | 'none';
    link: boolean;
    group?: 'each' | 'hourly' | 'daily';
    quiet?: { from: string; to: string; time_zone: string } | null;
  } | null;

  /** How much of an event an endpoint gets; null: all. */
  @Column('json', { nullable: true })
  content: 'ids' | { fields: string[] } | null;

  /** Which events of the subscribed types it gets; null: all. */
  @Column('json', { nullable: true })
  conditions: object[] | null;

  /** The owner's limit; null: that of the kind. */
  @Column('json', { nullable: true })
  pace: { limit: number; per: 'second' | 'minute' } | null;

  /** It has a row in webhook_flow: its requests take turns. */
  @Column('boolean', { default: false })
  paced: boolean;

  @Column('text', { default: '' })
  description: string;

  /** A name for programs of the agency, unique among its webhooks. */
  @Column('text', { name: 'external_key', nullable: true })
  externalKey: string | null;

  /** Set if the address is that of a test inbox. */
  @Column('uuid', { name: 'inbox_id', nullable: true })
  inboxId: string | null;

  /** Exact types, `application.*` and the like, or `*`. */
  @Column('text', { array: true })
  events: string[];

  @Column('boolean', { name: 'is_active', default: true })
  isActive: boolean;

  @Column('text', { name: 'off_reason', nullable: true })
  offReason: 'person' | 'gone' | 'target_gone' | 'failing_5_days' | 'session_ended' | null;

  @Column('timestamptz', { name: 'off_at', nullable: true })
  offAt: Date | null;

  @Column('text', { name: 'retry_plan', default: 'standard' })
  retryPlan: 'standard' | 'day' | 'three_days';

  /** Custom headers, JSON, encrypted (webhook-secrets.ts). */
  @Column('bytea', { nullable: true })
  headers: Buffer | null;

  /** Requests carry the trace of their event (W3C Trace Context). */
  @Column('boolean', { default: false })
  traceparent: boolean;

  /** Tools have one too: it signs alerts about them, and links that end mails. */
  @Column('bytea')
  secret: Buffer;

  @Column('text', { name: 'secret_last4' })
  secretLast4: string;

  @Column('timestamptz', { name: 'secret_created_at', default: () => 'now()' })
  secretCreatedAt: Date;

  @Column('bytea', { name: 'previous_secret', nullable: true })
  previousSecret: Buffer | null;

  @Column('text', { name: 'previous_secret_last4', nullable: true })
  previousSecretLast4: string | null;

  @Column('timestamptz', { name: 'previous_secret_until', nullable: true })
  previousSecretUntil: Date | null;

  /** Whether `x-webhook-signature` already uses the new secret during an overlap. */
  @Column('boolean', { name: 'secret_switched', default: true })
  secretSwitched: boolean;

  @Column('integer', { default: 1 })
  version: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;

  /** Until when turning it off or deleting it can be undone; until then its pending deliveries are kept. */
  @Column('timestamptz', { name: 'undo_until', nullable: true })
  undoUntil: Date | null;
}
