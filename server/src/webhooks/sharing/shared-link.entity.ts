import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A link that shows something to a person without an account: a webhook to its developer, or one delivery. */
@Entity('shared_links')
export class SharedLink extends TenantRow {
  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  /** null: it hands over the webhook. */
  @Column('uuid', { name: 'delivery_id', nullable: true })
  deliveryId: string | null;

  /** SHA-256 of the token. */
  @Column('bytea')
  hash: Buffer;

  /** When the secret that may be read once was created; null: no secret may be read. */
  @Column('timestamptz', { name: 'secret_created_at', nullable: true })
  secretCreatedAt: Date | null;

  @Column('timestamptz', { name: 'secret_read_at', nullable: true })
  secretReadAt: Date | null;

  /** The name of the person or key. */
  @Column('text', { name: 'created_by' })
  createdBy: string;

  /** The link ends with the access of that person or key. */
  @Column('uuid', { name: 'created_by_id' })
  createdById: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'opened_at', nullable: true })
  openedAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
