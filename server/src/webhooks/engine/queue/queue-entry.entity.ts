import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A pending delivery. `token` and `leaseUntil` identify the holder; every write after a claim is fenced by the token.
 */
@Entity('webhook_queue')
export class QueueEntry {
  @PrimaryColumn('uuid', { name: 'delivery_id' })
  deliveryId: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'event_id' })
  eventId: string;

  @Column('text', { name: 'event_type' })
  eventType: string;

  /** Null: claimed by intake, and due when the lease expires. */
  @Column('timestamptz', { name: 'due_at', nullable: true, default: () => 'now()' })
  dueAt: Date | null;

  /** Requests started so far; the claim adds one. */
  @Column('integer', { default: 0 })
  attempt: number;

  /** Settled failures since the retry plan began. */
  @Column('integer', { default: 0 })
  failures: number;

  /** Leases lost in a row. */
  @Column('integer', { default: 0 })
  interruptions: number;

  @Column('uuid', { nullable: true })
  token: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** Its delivery has a row in the log; otherwise this row is all there is, and the delivery is waiting. */
  @Column('boolean', { default: false })
  logged: boolean;

  /** The message was erased while a request was in flight: the rest is cancelled. */
  @Column('boolean', { default: false })
  erased: boolean;

  /** The group that it is sent in from now on. */
  @Column('uuid', { name: 'group_id', nullable: true })
  groupId: string | null;
}
