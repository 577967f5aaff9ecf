import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Webhook } from './webhook.entity.js';

/** A configuration with which requests were made: by it the log shows where an attempt went, with which headers. */
@Entity('webhook_versions')
export class WebhookVersion {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('text')
  kind: Webhook['kind'];

  @Column('json', { nullable: true })
  style: Webhook['style'];

  /** How much of an event an endpoint gets; null: all. */
  @Column('json', { nullable: true })
  content: Webhook['content'];

  /** Encrypted, as in the webhook. */
  @Column('bytea', { nullable: true })
  url: Buffer | null;

  @Column('text', { name: 'header_names', array: true })
  headerNames: string[];

  /** Its requests carried the trace of their event. */
  @Column('boolean', { default: false })
  traceparent: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
