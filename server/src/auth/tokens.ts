import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from '../lib/ids.js';

/*
 * Every credential except passwords is 32 random bytes, of which only the SHA-256 is stored: with 256 bits of entropy a
 * slow hash adds nothing. All but session tokens contain the id of their row, so that they are found by primary key.
 */

/**
 * `key`: an agency's API key. `svc`: a service token. `inv`: an invite. `rst`: a password reset. `lnk`: a shared link.
 * `dev`: a program that signs in by code.
 */
const KINDS = ['key', 'svc', 'inv', 'rst', 'lnk', 'dev'] as const;
type TokenKind = (typeof KINDS)[number];

export interface NewToken {
  /** Id of the row that keeps the hash. */
  id: string;
  /** Shown to its owner once. */
  token: string;
  hash: Buffer;
  last4: string;
}

export interface PresentedToken {
  kind: TokenKind;
  id: string;
  hash: Buffer;
}

const FORM = new RegExp(
  `^bpoc_(${KINDS.join('|')})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[A-Za-z0-9_-]{43}$`,
);

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 256 random bits as 43 characters. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Creates `bpoc_<kind>_<id without dashes>_<random>`. An invite has the id of its user. */
export function newToken(kind: TokenKind, id: string = uuidv7()): NewToken {
  const token = `bpoc_${kind}_${id.replaceAll('-', '')}_${randomText()}`;
  return { id, token, hash: sha256(token), last4: token.slice(-4) };
}

/** null if the text is not in the form of a token. */
export function parseToken(text: string): PresentedToken | null {
  const [, kind, ...id] = FORM.exec(text) ?? [];
  return kind === undefined ? null : { kind: kind as TokenKind, id: id.join('-'), hash: sha256(text) };
}

/** Compares in constant time. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
