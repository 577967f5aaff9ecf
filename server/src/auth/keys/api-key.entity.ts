import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * A key for programs. Kind `key` belongs to one agency and has a role; kind `svc` is a service token with scopes, for
 * the listed agencies or (null) all. Only the SHA-256 of the key is stored.
 */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  kind: 'key' | 'svc';

  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  @Column('text')
  name: string;

  @Column('bytea')
  hash: Buffer;

  @Column('text')
  last4: string;

  @Column('text', { nullable: true })
  role: 'viewer' | 'member' | 'admin' | 'owner' | null;

  @Column('text', { array: true, nullable: true })
  scopes: ('publish' | 'agencies' | 'erase' | 'rejected' | 'support')[] | null;

  @Column('uuid', { name: 'agency_ids', array: true, nullable: true })
  agencyIds: string[] | null;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;
}
