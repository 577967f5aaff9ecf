import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Mails of an agency in one hour (UTC). */
@Entity('mail_hours')
export class MailHour {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  @PrimaryColumn('timestamptz')
  hour: Date;

  @Column('integer')
  mails: number;
}
