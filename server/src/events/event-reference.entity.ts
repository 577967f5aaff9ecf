import { Entity, PrimaryColumn } from 'typeorm';

/** A candidate, application, job, … that an event refers to. Search and erasure read this, never the JSON. */
@Entity('event_references')
export class EventReference {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  @PrimaryColumn('text')
  kind: string;

  @PrimaryColumn('text')
  value: string;

  @PrimaryColumn('uuid', { name: 'event_id' })
  eventId: string;
}
