import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ConcurrencyLimit } from '../../lib/concurrency-limit.js';
import { tooManyRequests } from '../../http/attempt-limit.js';

/*
 * scrypt with parameters from the OWASP password storage cheat sheet: 32 MiB and three passes. Hashes contain them
 * (`scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`), so that older hashes stay valid when they are raised.
 */

export const PASSWORD_COST = { log2N: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Cost = typeof PASSWORD_COST;

let current: Cost = PASSWORD_COST;

/** For tests, which would otherwise spend most of their time here. */
export function setPasswordCost(cost: Cost): void {
  current = cost;
}

/**
 * Opening a connection to PostgreSQL (SCRAM) also needs one of Node's four threads. When all of them hashed passwords,
 * ten concurrent guesses made all requests fail for lack of a connection.
 */
const AT_ONCE = 2;
/** About eight seconds of waiting. Clients give up after that, and each waiting request holds memory. */
const MAX_WAITING = 40;
const RETRY_SECONDS = 5;
const turns = new ConcurrencyLimit({
  atOnce: AT_ONCE,
  maxWaiting: MAX_WAITING,
  refusal: () => tooManyRequests('Too many people sign in at this moment.', RETRY_SECONDS),
});

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  // Keyboards differ in which Unicode form of "é" they send.
  const text = password.normalize('NFKC');
  const options = { N: 2 ** log2N, r, p, maxmem: 256 * r * 2 ** log2N };
  return turns.run(
    () =>
      new Promise((resolve, reject) => {
        scrypt(text, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
}

/**
 * Takes about a quarter of a second of one core, outside the event loop. `beside` is another hash of the same email
 * address: with a shared salt, one derivation checks a password against both. Throws AppError too_many_requests.
 */
export async function hashPassword(password: string, beside: string | null = null): Promise<string> {
  const salt = beside === null ? randomBytes(SALT_BYTES) : parse(beside).salt;
  const { log2N, r, p } = current;
  const hash = await derive(password, salt, current);
  return ['scrypt', log2N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/**
 * The index of the hash that matches the password, or -1. Takes just as long without any hash (unknown email, pending
 * invite) and with several of one email, so that response times do not reveal which emails exist or in how many
 * agencies. Throws AppError too_many_requests.
 */
export async function findPassword(password: string, stored: readonly string[]): Promise<number> {
  if (stored.length === 0) await derive(password, randomBytes(SALT_BYTES), current);
  const derived = new Map<string, Buffer>();
  for (const [index, text] of stored.entries()) {
    const { head, salt, cost, hash } = parse(text);
    const actual = derived.get(head) ?? (await derive(password, salt, cost));
    derived.set(head, actual);
    if (actual.length === hash.length && timingSafeEqual(actual, hash)) return index;
  }
  return -1;
}

export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  return (await findPassword(password, stored === null ? [] : [stored])) >= 0;
}

function parse(stored: string) {
  const [scheme, log2N, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash has an unknown format');
  const cost: Cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const head = stored.slice(0, stored.lastIndexOf('$'));
  return { head, salt: Buffer.from(salt, 'base64'), cost, hash: Buffer.from(hash, 'base64') };
}
