import { scryptSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { findPassword, hashPassword, PASSWORD_COST, setPasswordCost, verifyPassword } from './password.js';

const base64 = (bytes: string | Buffer) => Buffer.from(bytes as string).toString('base64');
/** A hash of minimal cost. */
const quick = `scrypt$4$1$1$${base64('salt')}$${base64(scryptSync('x', 'salt', 32, { N: 16, r: 1, p: 1 }))}`;
const CHEAP = { log2N: 10, r: 8, p: 1 };

describe('passwords', () => {
  // A hash of production takes 0.34 s of CPU; what is asked here is the same at any cost.
  beforeAll(() => setPasswordCost(CHEAP));

  it('match their own hash and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(await verifyPassword('correct horse', hash)).toBe(true);
    expect(await verifyPassword('correct horsE', hash)).toBe(false);
    expect(await verifyPassword('correct horse', null)).toBe(false);
  });

  it('match in any Unicode form of an accent', async () => {
    expect(await verifyPassword('cafe\u0301 noir', await hashPassword('caf\u00e9 noir'))).toBe(true);
  });

  it('are hashed with a salt and with the cost that the hash contains', async () => {
    setPasswordCost(PASSWORD_COST);
    const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    setPasswordCost(CHEAP);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^scrypt\$15\$8\$3\$/);
    expect(await verifyPassword('same', one)).toBe(true);
  });

  it('of one email share a salt, so that one derivation finds the match', async () => {
    const one = await hashPassword('one');
    const two = await hashPassword('two', one);
    expect(two.split('$').slice(0, 5)).toEqual(one.split('$').slice(0, 5));
    expect(await findPassword('two', [quick, one, two, await hashPassword('two')])).toBe(2);
    expect(await findPassword('three', [one, two])).toBe(-1);
  });

  it('wait in a bounded queue, and are refused with a retry time when it is full', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 60 }, () => verifyPassword('x', quick)));
    const refused = crowd.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(60 - 42);
    expect(refused[0]).toMatchObject({ reason: { code: 'too_many_requests', retryAfterSeconds: 5 } });
    expect(await verifyPassword('x', quick)).toBe(true);
  });

  it('hashed at another cost stay valid', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const hash = scryptSync('old', salt, 32, { N: 2 ** 10, r: 4, p: 1 });
    const stored = `scrypt$10$4$1$${salt.toString('base64')}$${hash.toString('base64')}`;
    expect(await verifyPassword('old', stored)).toBe(true);
    expect(await verifyPassword('new', stored)).toBe(false);
  });
});
