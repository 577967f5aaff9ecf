import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';

@Entity('applications')
export class Application {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('text', { name: 'job_id' })
  jobId: string;

  @Column('text', { name: 'job_title' })
  jobTitle: string;

  @Column('text', { name: 'candidate_name' })
  candidateName: string;

  @Column('text', { name: 'candidate_email' })
  candidateEmail: string;

  /** applied, shortlisted, … */
  @Column('text')
  status: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** Starts at 1 and increases with each change of status. */
  @VersionColumn()
  version: number;
}
