import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address on this server to try webhooks with. */
@Entity('inboxes')
export class Inbox {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** The end of its address. Authorizes posting, never reading. */
  @Column('text')
  token: string;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
