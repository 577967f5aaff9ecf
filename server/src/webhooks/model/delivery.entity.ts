import { Column, Entity, PrimaryColumn } from 'typeorm';

export const DELIVERY_STATES = ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * One event for one webhook. The id is derived from both (SQL function delivery_id), so the pair is unique by
 * construction.
 */
@Entity('webhook_deliveries')
export class WebhookDelivery {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'event_id' })
  eventId: string;

  @Column('text', { name: 'event_type' })
  eventType: string;

  @Column('boolean', { default: false })
  test: boolean;

  @Column('text', { name: 'subject_kind', nullable: true })
  subjectKind: string | null;

  @Column('text', { name: 'subject_id', nullable: true })
  subjectId: string | null;

  @Column('text')
  state: DeliveryState;

  /** Requests started so far. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus: number | null;

  @Column('text', { name: 'last_reason', nullable: true })
  lastReason: string | null;

  /** The state unless waiting or delivered: indexed for filters of the log, and untouched by settling a success. */
  @Column({ type: 'text', name: 'odd_state', nullable: true, insert: false, update: false, select: false })
  oddState: DeliveryState | null;

  /** The reason unless ok: likewise. */
  @Column({ type: 'text', name: 'odd_reason', nullable: true, insert: false, update: false, select: false })
  oddReason: string | null;

  /** Of the last attempt. */
  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs: number | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
