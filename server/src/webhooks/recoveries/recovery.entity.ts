import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

export const RECOVERY_STATES = ['planned', 'running', 'done', 'stopped'] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];

/** A bulk resend, or past events for a webhook: a plan of deliveries and its progress. */
@Entity('recoveries')
export class Recovery extends TenantRow {
  @Column('text', { default: 'planned' })
  state: RecoveryState;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  /** Set for past events: the webhook that did not get them. */
  @Column('uuid', { name: 'webhook_id', nullable: true })
  webhookId: string | null;

  /** Set for past events: the event of each delivery, which may not exist yet. */
  @Column('uuid', { name: 'event_ids', array: true, nullable: true })
  eventIds: string[] | null;

  /** Oldest first. Never changes. */
  @Column('uuid', { name: 'delivery_ids', array: true })
  deliveryIds: string[];

  /** How many of the ids were processed. */
  @Column('integer', { default: 0 })
  position: number;

  @Column('integer', { default: 0 })
  resent: number;

  /** Processed but skipped: delivered since, webhook off, or erased. */
  @Column('integer', { name: 'passed_over', default: 0 })
  skipped: number;

  /** The skipped ids; the others up to `position` were resent. */
  @Column('uuid', { name: 'passed_over_ids', array: true, default: () => "'{}'" })
  skippedIds: string[];

  /** Webhooks with a resend: the first may be the probe of a paused webhook, the rest wait until it is open again. */
  @Column('uuid', { array: true, default: () => "'{}'" })
  probed: string[];

  /** Outcomes of the resent deliveries as of `countedAt`. */
  @Column('integer', { default: 0 })
  delivered: number;

  @Column('integer', { default: 0 })
  failed: number;

  /** Of the failed. */
  @Column('integer', { default: 0 })
  retrying: number;

  @Column('timestamptz', { name: 'counted_at', nullable: true })
  countedAt: Date | null;

  /** First and last of `deliveryIds`, readable without detoasting it. */
  @Column({ type: 'uuid', name: 'first_id', nullable: true, insert: false, update: false, select: false })
  firstId: string | null;

  @Column({ type: 'uuid', name: 'last_id', nullable: true, insert: false, update: false, select: false })
  lastId: string | null;

  /** A second after its last batch. The earliest of an agency goes next. */
  @Column('timestamptz', { name: 'next_batch_at', nullable: true })
  nextBatchAt: Date | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  /** Nothing is sent before, so that it can be undone. */
  @Column('timestamptz', { name: 'begins_at', nullable: true })
  beginsAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
