import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a candidate, a job, or the job of an application is called, as an event last said. Personal data. */
@Entity('records')
export class EventRecord {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  @PrimaryColumn('text')
  kind: string;

  @PrimaryColumn('text')
  value: string;

  @Column('text')
  label: string;

  /** The first five words of the label, for search; null: it has fewer, or is not searched. */
  @Column('text', { nullable: true })
  word1: string | null;

  @Column('text', { nullable: true })
  word2: string | null;

  @Column('text', { nullable: true })
  word3: string | null;

  @Column('text', { nullable: true })
  word4: string | null;

  @Column('text', { nullable: true })
  word5: string | null;

  /** Kept to the day. */
  @Column('timestamptz', { name: 'seen_at', default: () => 'now()' })
  seenAt: Date;
}
