import { Column, PrimaryColumn } from 'typeorm';

/** The columns of a row that belongs to one agency and has an id of its own. */
export abstract class TenantRow {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;
}
