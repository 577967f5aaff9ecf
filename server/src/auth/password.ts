import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { tooManyRequests } from '../http/attempt-limit.js';

/*
 * scrypt with parameters of the OWASP password storage cheat sheet: 32 MiB and three passes. They are written into the hash
 * (`scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`), so raising them later leaves older hashes valid.
 */

export const PASSWORD_COST = { log2N: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Cost = typeof PASSWORD_COST;

let current: Cost = PASSWORD_COST;

/** Hashes from now on at this cost. For tests, which would spend most of their time here. */
export function setPasswordCost(cost: Cost): void {
  current = cost;
}

/**
 * Node's four threads also prove who we are to PostgreSQL when a connection is opened: with all of them at work on passwords, ten guesses at
 * once made everybody's requests fail for want of a connection.
 */
const AT_ONCE = 2;
/** Some eight seconds of waiting. Whoever comes later would have given up before the answer, and the memory of those who wait is not ours to give. */
const MAX_WAITING = 40;
const RETRY_SECONDS = 5;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw tooManyRequests('Too many people sign in at this moment.', RETRY_SECONDS);
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    // Who waits takes over the place.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  // Unicode has several spellings of "é"; keyboards differ in which they send.
  const text = password.normalize('NFKC');
  const options = { N: 2 ** log2N, r, p, maxmem: 256 * r * 2 ** log2N };
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(text, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
}

/** Hashes a password. Takes about a quarter of a second of one core, outside the event loop. Throws too_many_requests when too many wait. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { log2N, r, p } = current;
  const hash = await derive(password, salt, current);
  return ['scrypt', log2N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/**
 * Whether the password belongs to the hash. Without a hash (nobody has this e-mail, or the invite was not accepted) it works just as long
 * and answers false, so that the time an answer takes does not tell which e-mails exist. Throws
 * too_many_requests when too many wait.
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  if (stored === null) {
    await derive(password, randomBytes(SALT_BYTES), current);
    return false;
  }
  const [scheme, log2N, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash has an unknown form');
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), cost);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
