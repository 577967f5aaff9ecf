import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Health of a webhook. A separate table, so that settling never touches configuration rows. */
@Entity('webhook_health')
export class WebhookHealth {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** Attempts that failed since the last success. */
  @Column('integer', { name: 'failures_in_a_row', default: 0 })
  failuresInARow: number;

  /** Deliveries that such failures ended since the last success; answers about a message are not counted. */
  @Column('integer', { name: 'failed_deliveries_in_a_row', default: 0 })
  failedDeliveriesInARow: number;

  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince: Date | null;

  /** Those of these failures that are about the receiver, not about a message: they pause the webhook. */
  @Column('integer', { name: 'down_attempts', default: 0 })
  downAttempts: number;

  @Column('timestamptz', { name: 'down_since', nullable: true })
  downSince: Date | null;

  @Column('timestamptz', { name: 'last_attempt_at', nullable: true })
  lastAttemptAt: Date | null;

  @Column('timestamptz', { name: 'last_success_at', nullable: true })
  lastSuccessAt: Date | null;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus: number | null;

  @Column('text', { name: 'last_reason', nullable: true })
  lastReason: string | null;

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt: Date | null;

  @Column('timestamptz', { name: 'paused_until', nullable: true })
  pausedUntil: Date | null;

  @Column('integer', { name: 'pause_count', default: 0 })
  pauseCount: number;

  @Column('uuid', { name: 'probe_delivery_id', nullable: true })
  probeDeliveryId: string | null;

  /** When the first of the successive 429 answers came, moved on by the times in which nothing was sent. */
  @Column('timestamptz', { name: 'held_since', nullable: true })
  heldSince: Date | null;

  /** The receiver asked to wait until then; stays set until it gives another answer. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil: Date | null;

  /** Successive holds since then. */
  @Column('integer', { default: 0 })
  holds: number;

  /** Infinity: a listener without a stream. */
  @Column({ type: 'timestamptz', name: 'unheard_until', nullable: true, insert: false, update: false, select: false })
  unheardUntil: Date | null;

  /** The latest of the three. Unless it is null, only a probe is claimed, from this time on. */
  @Column({ type: 'timestamptz', name: 'closed_until', nullable: true, insert: false, update: false, select: false })
  closedUntil: Date | null;
}
