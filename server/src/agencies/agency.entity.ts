import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The tenant: every tenant row carries its id as `agency_id`. */
@Entity('agencies')
export class Agency {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
