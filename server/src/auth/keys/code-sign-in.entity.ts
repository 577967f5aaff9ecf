import { Column, Entity, PrimaryColumn } from 'typeorm';

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

  /** Of the person who answered; null: no answer yet. */
  @Column('uuid', { name: 'agency_id', nullable: true })
  agencyId: string | null;

  /** The key, encrypted, until it is fetched; null with an agency: the person refused. */
  @Column('bytea', { nullable: true })
  key: Buffer | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
