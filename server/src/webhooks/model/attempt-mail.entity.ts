import { Column, Entity, PrimaryColumn } from 'typeorm';

export const MAIL_OUTCOMES = ['accepted', 'deferred', 'refused'] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];

/** One mail of an attempt: what the mail server said to one recipient. */
@Entity('attempt_mails')
export class AttemptMail {
  @PrimaryColumn('uuid', { name: 'delivery_id' })
  deliveryId: string;

  @PrimaryColumn('integer')
  n: number;

  @PrimaryColumn('text')
  email: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('text')
  outcome: MailOutcome;

  /** RFC 5321 §4.2; null: there was no answer. */
  @Column('integer', { name: 'smtp_code', nullable: true })
  smtpCode: number | null;

  @Column('text', { nullable: true })
  answer: string | null;

  @Column('timestamptz', { name: 'sent_at', default: () => 'now()' })
  sentAt: Date;

  /** When the recipient gets it once more, although the delivery is delivered. */
  @Column('timestamptz', { name: 'retry_at', nullable: true })
  retryAt: Date | null;

  /** Sent before the delivery was sent anew. */
  @Column('boolean', { default: false })
  past: boolean;
}
