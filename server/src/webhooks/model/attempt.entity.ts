import { Column, PrimaryColumn, ViewEntity } from 'typeorm';

/**
 * One HTTP request of a delivery: in webhook_attempts, or part of the delivery's row in the log. Append-only, except
 * that a late result replaces an `interrupted` one, marked fenced.
 */
@ViewEntity({ name: 'all_attempts', synchronize: false })
export class WebhookAttempt {
  @PrimaryColumn('uuid', { name: 'delivery_id' })
  deliveryId: string;

  @PrimaryColumn('integer')
  n: number;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  @Column('timestamptz', { name: 'started_at' })
  startedAt: Date;

  @Column('text')
  outcome: 'succeeded' | 'failed' | 'interrupted';

  @Column('text')
  reason: string;

  /** Another process had the lease when this result arrived: recorded, but without effect. */
  @Column('boolean')
  fenced: boolean;

  @Column('integer', { nullable: true })
  status: number | null;

  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs: number | null;

  @Column('integer', { name: 'dns_ms', nullable: true })
  dnsMs: number | null;

  @Column('integer', { name: 'connect_ms', nullable: true })
  connectMs: number | null;

  @Column('integer', { name: 'tls_ms', nullable: true })
  tlsMs: number | null;

  @Column('integer', { name: 'first_byte_ms', nullable: true })
  firstByteMs: number | null;

  @Column('boolean')
  reconnected: boolean;

  @Column('text', { nullable: true })
  detail: string | null;

  /** Version of the configuration (webhook_versions); null: it could not be read, so nothing was sent. */
  @Column('integer', { nullable: true })
  version: number | null;

  /** Release of the server that sent it. */
  @Column('text', { nullable: true })
  release: string | null;

  /** `webhook-timestamp`. */
  @Column('integer', { name: 'signed_at', nullable: true })
  signedAt: number | null;

  /** Number of signatures in `webhook-signature`. */
  @Column('integer', { nullable: true })
  signatures: number | null;

  @Column('json', { name: 'response_headers', nullable: true })
  responseHeaders: Record<string, string> | null;

  @Column('text', { name: 'response_body', nullable: true })
  responseBody: string | null;

  @Column('boolean', { name: 'response_truncated' })
  responseTruncated: boolean;

  @Column('text', { name: 'response_encoding', nullable: true })
  responseEncoding: 'utf-8' | 'hex' | null;

  /** With reason `tls_expired`. */
  @Column('timestamptz', { name: 'certificate_expired_at', nullable: true })
  certificateExpiredAt: Date | null;

  /** The request carried several deliveries. */
  @Column('uuid', { name: 'group_id', nullable: true })
  groupId: string | null;
}
