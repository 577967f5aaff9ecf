import { Column, Entity, PrimaryColumn } from 'typeorm';

type Role = 'viewer' | 'member' | 'admin' | 'owner';

/** A program that asks for a key, until a person has answered and it has fetched the key, or the time is over. */
@Entity('code_sign_ins')
export class CodeSignIn {
  /** Part of the device code. */
  @PrimaryColumn('uuid')
  id: string;

  /** SHA-256 of the device code, which only the program knows. */
  @Column('bytea')
  hash: Buffer;

  /** SHA-256 of the code that the person reads. */
  @Column('bytea', { name: 'user_code_hash' })
  userCodeHash: Buffer;

  /** What the program says it is. */
  @Column('text')
  client: string;

  /** Where it asked from: an IPv4 address, or the /64 network of an IPv6 address. */
  @Column('text')
  address: string;

  @Column('timestamptz', { name: 'started_at', default: () => 'now()' })
  startedAt: Date;

  /** Of who answered; null: no answer yet. */
  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  /** Who answered, as they were then; null: no answer yet. */
  @Column('jsonb', { name: 'answered_by', nullable: true })
  answeredBy: { kind: 'user' | 'key'; id: string; name: string; role: Role } | null;

  /** Of the key; null with an answer: the person refused. */
  @Column('text', { nullable: true })
  role: Role | null;

  /** When the key will end; null: never. */
  @Column('timestamptz', { name: 'key_expires_at', nullable: true })
  keyExpiresAt: Date | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
