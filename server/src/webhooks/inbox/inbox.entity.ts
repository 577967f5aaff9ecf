import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address of our own that an agency can send webhooks to, to see what arrives. */
@Entity('inboxes')
export class Inbox {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** The last part of its address, and all that is needed to post to it. Nothing can be read with it. */
  @Column('text')
  token: string;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
