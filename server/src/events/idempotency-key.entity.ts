import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A caller's key for one operation, with the hash of the request and its result. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('uuid', { name: 'agency_id' })
  agencyId: string;

  @PrimaryColumn('text')
  operation: string;

  @PrimaryColumn('text')
  key: string;

  @Column('bytea')
  hash: Buffer;

  @Column('text')
  result: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
