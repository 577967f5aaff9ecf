import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Counts of a webhook in one hour; the only source of the 24 h counts and the sparklines. */
@Entity('webhook_hours')
export class WebhookHour {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @PrimaryColumn('timestamptz')
  hour: Date;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** Deliveries that ended in this hour. */
  @Column('integer', { default: 0 })
  delivered: number;

  @Column('integer', { default: 0 })
  failed: number;

  @Column('integer', { name: 'failed_attempts', default: 0 })
  failedAttempts: number;
}
