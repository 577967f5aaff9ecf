import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Work still owed. `token` and `leaseUntil` say who holds it; every write after a claim is fenced by the token. */
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

  @Column('timestamptz', { name: 'due_at' })
  dueAt: Date;

  /** Requests begun so far; the claim adds one. */
  @Column('integer', { default: 0 })
  attempt: number;

  /** Settled failures since the plan began: what the retry plan counts. */
  @Column('integer', { default: 0 })
  failures: number;

  /** Leases lost in a row. */
  @Column('integer', { default: 0 })
  interruptions: number;

  @Column('uuid', { nullable: true })
  token: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** The message was erased while a request was under way: what is left ends as cancelled. */
  @Column('boolean', { default: false })
  erased: boolean;
}
