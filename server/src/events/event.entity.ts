import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An immutable event with its serialised body. Only erasure modifies it, clearing the body and setting `purgedAt`. */
@Entity('webhook_events')
export class WebhookEvent {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  @PrimaryColumn('uuid')
  id: string;

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

  /** Hashes of what it refers to: reference-hash.ts. */
  @Column('bigint', { nullable: true })
  ref1: string | null;

  @Column('bigint', { nullable: true })
  ref2: string | null;

  @Column('bigint', { nullable: true })
  ref3: string | null;

  @Column('bigint', { nullable: true })
  ref4: string | null;

  @Column('bigint', { nullable: true })
  ref5: string | null;

  /** The exact text that is signed and sent. Not json, which would lose key order and escapes. */
  @Column('text', { nullable: true })
  body: string | null;

  /** W3C Trace Context of the publisher. */
  @Column('text', { nullable: true })
  traceparent: string | null;

  @Column('timestamptz', { name: 'purged_at', nullable: true })
  purgedAt: Date | null;
}
