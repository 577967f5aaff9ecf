import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('placements')
export class Placement {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'application_id', unique: true })
  applicationId: string;

  @Column('date', { name: 'start_date' })
  startDate: string;
}
