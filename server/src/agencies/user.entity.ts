import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A person of one agency, with one role. Without a password hash the person was invited and has not come yet. */
@Entity('users')
@Unique(['email', 'agencyId'])
export class User {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'agency_id' })
  agencyId: string;

  /** A to Z in lower case. A person can belong to several agencies, with a password for each. */
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

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
