import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Alert recipients of a webhook. Without a row: the owners (recipients-sql.ts). */
@Entity('webhook_alerts')
export class WebhookAlerts {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** Lower-case. */
  @Column('text', { array: true, default: '{}' })
  emails: string[];

  /** Encrypted: it may hold a key. */
  @Column('bytea', { nullable: true })
  url: Buffer | null;

  /** A webhook of the agency whose chat gets them too. */
  @Column('uuid', { name: 'chat_webhook_id', nullable: true })
  chatWebhookId: string | null;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
