import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A test inbox: an address on this server to try webhooks with. */
@Entity('inboxes')
export class Inbox extends TenantRow {
  /** SHA-256 of the token in its address, which authorises posting, not reading. */
  @Column('bytea')
  hash: Buffer;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
