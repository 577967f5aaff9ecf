import { Column, Entity, PrimaryColumn } from 'typeorm';

export const MAIL_KINDS = ['invite', 'password_reset', 'password_changed'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** A mail to a person, pending until sent or given up. */
@Entity('mails')
export class StoredMail {
  @PrimaryColumn('uuid')
  id: string;

  /** null: for a person whose agency is not looked up before it is sent. */
  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  @Column('text')
  kind: MailKind;

  @Column('text')
  recipient: string;

  /** Encrypted, because it may hold a link that signs in. null: made when it is sent, or no longer needed. */
  @Column('bytea', { nullable: true })
  content: Buffer | null;

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
