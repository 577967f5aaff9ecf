import { Column, Entity, PrimaryColumn } from 'typeorm';

type Role = 'viewer' | 'member' | 'admin' | 'owner';

/** A program's request for a key. It exists until the program has fetched the key or the answer, or it has expired. */
@Entity('code_sign_ins')
export class CodeSignIn {
  /** Part of the device code. */
  @PrimaryColumn('uuid')
  id: string;

  /** SHA-256 of the device code, which only the program knows. */
  @Column('bytea')
  hash: Buffer;

  /** SHA-256 of the code that the person types. */
  @Column('bytea', { name: 'user_code_hash' })
  userCodeHash: Buffer;

  /** The name that the program gives itself. */
  @Column('text')
  client: string;

  /** Where the request came from: an IPv4 address, or the /64 network of an IPv6 address. */
  @Column('text')
  address: string;

  @Column('timestamptz', { name: 'started_at', default: () => 'now()' })
  startedAt: Date;

  /** The agency of the person who answered; null: no answer yet. */
  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  /** The person (or key) who answered, as of then; null: no answer yet. */
  @Column('jsonb', { name: 'answered_by', nullable: true })
  answeredBy: { kind: 'user' | 'key'; id: string; name: string; role: Role } | null;

  /** The role of the key. null although there is an answer: the person refused. */
  @Column('text', { nullable: true })
  role: Role | null;

  /** When the key will expire; null: never. */
  @Column('timestamptz', { name: 'key_expires_at', nullable: true })
  keyExpiresAt: Date | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
