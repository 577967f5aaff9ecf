import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A configuration with which requests were made: where an attempt went, and which headers were added. */
@Entity('webhook_versions')
export class WebhookVersion {
  @PrimaryColumn('uuid', { name: 'webhook_id' })
  webhookId: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('text')
  kind: 'endpoint' | 'slack' | 'teams' | 'google_chat' | 'google_sheets' | 'email' | 'listen';

  @Column('json', { nullable: true })
  style: {
    names: 'full' | 'initials' | 'none';
    link: boolean;
    group?: 'each' | 'hourly' | 'daily';
    quiet?: { from: string; to: string; time_zone: string } | null;
  } | null;

  /** How much of an event an endpoint gets; null: all. */
  @Column('json', { nullable: true })
  content: 'ids' | { fields: string[] } | null;

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
