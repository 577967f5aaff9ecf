import { Column, Entity } from 'typeorm';
import { TenantRow } from '../../database/tenant-row.entity.js';

/** A link with which a person chooses a new password. There may be several; the first one used ends all. */
@Entity('password_resets')
export class PasswordReset extends TenantRow {
  @Column('uuid', { name: 'user_id' })
  userId: string;

  /** SHA-256 of the token. */
  @Column('bytea')
  hash: Buffer;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
