import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An immutable event with its serialised body. Only erasure modifies it, clearing the body and setting `purgedAt`. */
@Entity('webhook_events')
export class WebhookEvent {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('text')
  type: string;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt: Date;

  @Column('timestamptz', { name: 'accepted_at', default: () => 'now()' })
  acceptedAt: Date;

  @Column('boolean', { default: false })
  test: boolean;

  @Column('text', { name: 'subject_kind', nullable: true })
  subjectKind: string | null;

  @Column('text', { name: 'subject_id', nullable: true })
  subjectId: string | null;

  /** The exact text that is signed and sent. Not json, which would lose key order and escapes. */
  @Column('text', { nullable: true })
  body: string | null;

  @Column('timestamptz', { name: 'purged_at', nullable: true })
  purgedAt: Date | null;
}
