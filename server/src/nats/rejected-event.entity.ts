import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A message from NATS that was not accepted as an event. Kept for 30 days; services only. */
@Entity('rejected_events')
export class RejectedEvent {
  @PrimaryColumn('uuid')
  id: string;

  /** null: the message names no agency that exists. */
  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  /** Creation time of the stream and sequence. */
  @Column('text')
  origin: string;

  @Column('text')
  subject: string;

  @Column('text', { name: 'message_id', nullable: true })
  messageId: string | null;

  /** Exactly as it came. */
  @Column('bytea')
  body: Buffer;

  @Column('timestamptz', { name: 'published_at' })
  publishedAt: Date;

  @Column('timestamptz', { name: 'rejected_at', default: () => 'now()' })
  rejectedAt: Date;

  @Column('text')
  code: string;

  @Column('text')
  reason: string;

  /** One entry for each wrong field. */
  @Column('json')
  errors: object;

  /** Texts in the body, by which an erasure finds it. */
  @Column('text', { array: true })
  texts: string[];
}
