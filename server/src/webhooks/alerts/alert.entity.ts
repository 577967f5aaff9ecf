import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

export const ALERT_KINDS = ['paused', 'switch_off_soon', 'switched_off', 'recovered', 'conditions_outdated'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** The facts at the time of the alert, which may be sent hours later, after an outage of the SMTP server. */
export interface AlertFacts {
  description: string;
  /** null: the webhook sends mails. */
  url: string | null;
  /** Why the last attempt failed; see outcome.ts. */
  reason: string | null;
  response_status: number | null;
  /** ISO 8601; null once it has recovered. */
  failing_since: string | null;
  /** null when it will not be switched off. */
  switches_off_at: string | null;
  off_reason: string | null;
  /** Of `conditions_outdated`: conditions that the events of this release cannot meet. */
  conditions?: { event: string; field: string | null }[];
}

/** One alert to one recipient, pending until sent or given up. */
@Entity('alerts')
export class Alert extends TenantRow {
  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('text')
  kind: AlertKind;

  @Column('text')
  channel: 'email' | 'url' | 'chat';

  /** The email address; for a URL the webhook that the alert is about; for a chat the webhook of the chat. */
  @Column('text')
  target: string;

  @Column('json')
  facts: AlertFacts;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'due_at', default: () => 'now()' })
  dueAt: Date;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** Incremented by each claim; also its fencing token. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt: Date | null;

  @Column('timestamptz', { name: 'given_up_at', nullable: true })
  givenUpAt: Date | null;
}
