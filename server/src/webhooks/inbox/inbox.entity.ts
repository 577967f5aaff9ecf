import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address on this server to try webhooks with. */
@Entity('inboxes')
export class Inbox {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** SHA-256 of the end of its address, which authorizes posting, never reading. */
  @Column('bytea')
  hash: Buffer;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
