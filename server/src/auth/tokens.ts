import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from '../lib/ids.js';

/*
 * Everything that opens a door is 32 random bytes, and only its SHA-256 is stored: with 256 bits of chance a slow hash adds nothing.
 * Keys, service tokens and invites carry the id of their row, so that one look-up by primary key finds them.
 */

/** `key`: an agency's API key. `svc`: a service token. `inv`: an invite. */
export type TokenKind = 'key' | 'svc' | 'inv';

export interface NewToken {
  /** Id of the row that keeps the hash. */
  id: string;
  /** What the owner gets to see, once. */
  token: string;
  hash: Buffer;
  last4: string;
}

export interface PresentedToken {
  kind: TokenKind;
  id: string;
  hash: Buffer;
}

const FORM =
  /^bpoc_(key|svc|inv)_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 256 random bits as 43 characters. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Makes `bpoc_<kind>_<id without dashes>_<random>`. An invite is given the id of its user. */
export function newToken(kind: TokenKind, id: string = uuidv7()): NewToken {
  const token = `bpoc_${kind}_${id.replaceAll('-', '')}_${randomText()}`;
  return { id, token, hash: sha256(token), last4: token.slice(-4) };
}

/** Reads a token that somebody presents; null when it does not even have the form of one. */
export function parseToken(text: string): PresentedToken | null {
  const [, kind, ...id] = FORM.exec(text) ?? [];
  return kind === undefined ? null : { kind: kind as TokenKind, id: id.join('-'), hash: sha256(text) };
}

/** Compares hashes in a time that tells nothing about where they differ. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
