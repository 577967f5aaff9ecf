import { Column, PrimaryColumn, ViewEntity } from 'typeorm';

export const DELIVERY_STATES = ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * One event for one webhook: its row of the log (webhook_deliveries) or, until it has one, its row of the queue. The id
 * is derived from both (engine/queue/publish-plan.ts), so the pair is unique by construction.
 */
@ViewEntity({ name: 'all_deliveries', synchronize: false })
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

  @Column('boolean')
  test: boolean;

  @Column('text')
  state: DeliveryState;

  /** Attempts so far, without one in flight. */
  @Column('integer')
  attempts: number;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus: number | null;

  @Column('text', { name: 'last_reason', nullable: true })
  lastReason: string | null;

  /** Of the last attempt. */
  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs: number | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt: Date | null;

  /** When its event was accepted: the time in the id. */
  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  /** The delivery whose request also carried this one, which then has no successful attempt of its own. */
  @Column('uuid', { name: 'delivered_in', nullable: true })
  deliveredIn: string | null;
}
