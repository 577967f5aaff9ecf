import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The answer of an address outside the team to the question whether an agency may send it mails. */
@Entity('mail_consents')
export class MailConsent {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  /** Lower-case. */
  @PrimaryColumn('text')
  email: string;

  @Column('text')
  state: 'waiting' | 'agreed' | 'declined';

  /** SHA-256 of the token in the last question. */
  @Column('bytea', { name: 'token_hash', nullable: true })
  tokenHash: Buffer | null;

  /** When the question is due; null: it was sent. */
  @Column('timestamptz', { name: 'ask_at', nullable: true })
  askAt: Date | null;

  @Column('timestamptz', { name: 'asked_at', nullable: true })
  askedAt: Date | null;

  /** How many were sent. */
  @Column('integer', { default: 0 })
  questions: number;

  @Column('timestamptz', { name: 'declined_at', nullable: true })
  declinedAt: Date | null;

  /** How often sending the question failed in a row. */
  @Column('integer', { default: 0 })
  tries: number;
}
