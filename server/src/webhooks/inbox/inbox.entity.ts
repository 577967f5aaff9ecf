import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A test inbox: an address on this server to try webhooks with. */
@Entity('inboxes')
export class Inbox {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** SHA-256 of the token in its address, which authorises posting, not reading. */
  @Column('bytea')
  hash: Buffer;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
