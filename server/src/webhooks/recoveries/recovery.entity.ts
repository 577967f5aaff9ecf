import { Column, Entity, PrimaryColumn } from 'typeorm';

export const RECOVERY_STATES = ['planned', 'running', 'done', 'stopped'] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];

/** A bulk resend: a plan of deliveries, and how far it has come. */
@Entity('recoveries')
export class Recovery {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('text', { default: 'planned' })
  state: RecoveryState;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  /** Oldest first. Never changes. */
  @Column('uuid', { name: 'delivery_ids', array: true })
  deliveryIds: string[];

  /** How many of the ids were dealt with. */
  @Column('integer', { default: 0 })
  position: number;

  @Column('integer', { default: 0 })
  resent: number;

  /** Dealt with, but no longer to be sent: delivered since, webhook off, erased. */
  @Column('integer', { name: 'passed_over', default: 0 })
  passedOver: number;

  /** Which those were: the others up to `position` were sent again. */
  @Column('uuid', { name: 'passed_over_ids', array: true, default: () => "'{}'" })
  passedOverIds: string[];

  /** Webhooks that something was sent to: the first of each may be the probe of a paused webhook, the rest wait until it reopens. */
  @Column('uuid', { array: true, default: () => "'{}'" })
  probed: string[];

  /** How the deliveries that were sent again went since, as of `countedAt`. */
  @Column('integer', { default: 0 })
  delivered: number;

  @Column('integer', { default: 0 })
  failed: number;

  @Column('timestamptz', { name: 'counted_at', nullable: true })
  countedAt: Date | null;

  /** Ends of `deliveryIds`, which are read without unpacking it. */
  @Column({ type: 'uuid', name: 'first_id', nullable: true, insert: false, update: false, select: false })
  firstId: string | null;

  @Column({ type: 'uuid', name: 'last_id', nullable: true, insert: false, update: false, select: false })
  lastId: string | null;

  /** A second after its last batch: whose time came first goes next, one of an agency in a second. */
  @Column('timestamptz', { name: 'next_batch_at', nullable: true })
  nextBatchAt: Date | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
