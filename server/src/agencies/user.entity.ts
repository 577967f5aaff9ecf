import { Column, Entity, Unique } from 'typeorm';
import { TenantRow } from '../database/tenant-row.entity.js';

/** A person of one agency, with one role. While the password hash is null, the person is invited but not active yet. */
@Entity('users')
@Unique(['email', 'agencyId'])
export class User extends TenantRow {
  /** With A to Z in lower case. Several agencies can have a user with the same address, each with its own password. */
  @Column('text')
  email: string;

  @Column('text', { default: '' })
  name: string;

  @Column('text')
  role: 'viewer' | 'member' | 'admin' | 'owner';

  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('bytea', { name: 'invite_hash', nullable: true })
  inviteHash: Buffer | null;

  @Column('timestamptz', { name: 'invite_expires_at', nullable: true })
  inviteExpiresAt: Date | null;

  /** How often the person gets a digest; null: the default of the role. */
  @Column('text', { nullable: true })
  digest: 'off' | 'weekly' | 'daily' | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  get displayName(): string {
    return this.name || this.email;
  }
}
