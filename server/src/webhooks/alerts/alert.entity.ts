import { Column, Entity, PrimaryColumn } from 'typeorm';

export const ALERT_KINDS = ['paused', 'switch_off_soon', 'switched_off', 'recovered'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** How things stood when the alert was written: it may be sent hours later, after an SMTP server came back. */
export interface AlertFacts {
  description: string;
  url: string;
  /** Machine word for why the last attempt failed; see outcome.ts. */
  reason: string | null;
  response_status: number | null;
  /** ISO 8601; null once it works again. */
  failing_since: string | null;
  /** When it is switched off unless it answers; null where that is not to come. */
  switches_off_at: string | null;
  off_reason: string | null;
}

/** One alert to one recipient: owed until it is sent or given up. */
@Entity('alerts')
export class Alert {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('text')
  kind: AlertKind;

  @Column('text')
  channel: 'email' | 'url';

  /** The e-mail address or the URL. */
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

  /** Counted when an attempt begins; also the fence: who has an older number changes nothing. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt: Date | null;

  @Column('timestamptz', { name: 'given_up_at', nullable: true })
  givenUpAt: Date | null;
}
