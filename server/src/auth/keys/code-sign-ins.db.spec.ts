import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

/** As the program, without a key. */
const post = (path: string, body: object) => request(api.app.getHttpServer()).post(`/api/auth${path}`).send(body);
const start = async (client = 'bpoc-webhooks on anna-laptop') => {
  const { status, body } = await post('/codes', { client });
  expect(status).toBe(201);
  return body as { device_code: string; user_code: string; verification_path: string };
};
const poll = async (device_code: string) => (await post('/codes/key', { device_code })).body as Polled;
const find = (user_code: string, of = agency) => of.ask('post', '/sign-in-codes/find', { user_code });
const answer = (body: object, role?: 'member' | 'admin') =>
  agency.ask('post', '/sign-in-codes/answer', { allow: true, role: 'member', ...body }, role);
const roleOf = async (key: string) =>
  (await request(api.app.getHttpServer()).get('/api/me').set('authorization', `Bearer ${key}`)).body.role as string;

interface Polled {
  status: string;
  key: string | null;
}

it('gives a program the key that a person allows, once, until the program gives it up', async () => {
  const { device_code, user_code, verification_path } = await start();
  expect(user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
  expect(verification_path).toBe('/recruiter/api/sign-in-code');
  expect(await poll(device_code)).toEqual({ status: 'pending', key: null });
  const found = (await find(user_code.toLowerCase().replace('-', ' '))).body;
  expect(found).toMatchObject({ client: 'bpoc-webhooks on anna-laptop', address: '127.0.0.1' });
  expect(Math.abs(Date.now() - Date.parse(found.started_at))).toBeLessThan(60_000);
  const expires_at = new Date(Date.now() + 86_400_000).toISOString();
  expect((await answer({ user_code, expires_at })).status).toBe(204);
  const stored = JSON.stringify(await api.sql('select c::text from code_sign_ins c'));
  for (const code of [device_code, user_code, user_code.replace('-', '')]) expect(stored).not.toContain(code);
  // No program holds a key yet, so there is none.
  expect((await agency.ask('get', '/api-keys')).body.data.map(({ name }: { name: string }) => name)).not.toContain(
    'bpoc-webhooks on anna-laptop',
  );

  const { status, key } = await poll(device_code);
  expect(status).toBe('allowed');
  expect(await poll(device_code)).toEqual({ status: 'expired', key: null });
  expect(await roleOf(key!)).toBe('member');
  const [kept] = (await agency.ask('get', '/api-keys')).body.data;
  expect(kept).toMatchObject({ name: 'bpoc-webhooks on anna-laptop', role: 'member', created_by: 'admin', expires_at });
  expect(await poll(key!)).toEqual({ status: 'expired', key: null });

  for (const _again of [1, 2]) expect((await post('/revoke-key', { key })).status).toBe(204);
  expect(await roleOf(key!)).toBeUndefined();
  const audit = await api.sql(
    `select action, actor_name, details->>'by_code_from' as address from audit_log where agency_id = $1 order by id`,
    [agency.id],
  );
  expect(audit).toEqual([
    { action: 'key.created', actor_name: 'admin', address: '127.0.0.1' },
    { action: 'key.revoked', actor_name: 'bpoc-webhooks on anna-laptop', address: null },
  ]);
});

it('gives none that is refused', async () => {
  const { device_code, user_code } = await start();
  expect((await answer({ user_code, allow: false, role: undefined })).status).toBe(204);
  expect((await answer({ user_code })).status).toBe(404);
  expect(await poll(device_code)).toEqual({ status: 'denied', key: null });
  const [entry] = await api.sql('select action, details from audit_log where agency_id = $1', [agency.id]);
  expect(entry).toEqual({
    action: 'sign_in.refused',
    details: { client: 'bpoc-webhooks on anna-laptop', from: '127.0.0.1' },
  });
});

it('keeps to the role of who answers, and to the agency that answered first', async () => {
  const { device_code, user_code } = await start();
  expect((await answer({ user_code }, 'member')).status).toBe(403);
  expect((await answer({ user_code, role: 'owner' })).status).toBe(403);
  const missing = await answer({ user_code, role: undefined });
  expect([missing.status, missing.body.errors[0].field]).toEqual([400, 'role']);
  expect((await answer({ user_code })).status).toBe(204);
  const other = await api.addAgency();
  expect((await find(user_code, other)).status).toBe(404);
  expect((await poll(device_code)).status).toBe('allowed');
});

it.each([
  ['is gone', 'update api_keys set revoked_at = now() where agency_id = $1'],
  ['has another role', `update api_keys set role = 'member' where agency_id = $1`],
  ['is a person who is gone', `update code_sign_ins set answered_by = answered_by || '{"kind":"user"}' where $1 <> ''`],
])('makes no key when who allowed it %s', async (_when, change) => {
  const { device_code, user_code } = await start();
  expect((await answer({ user_code })).status).toBe(204);
  await api.sql(change, [agency.id]);
  expect(await poll(device_code)).toEqual({ status: 'denied', key: null });
  const made = await api.sql(`select from api_keys where agency_id = $1 and name like 'bpoc%'`, [agency.id]);
  expect(made).toEqual([]);
});

it('goes by the role that a person has by now', async () => {
  for (const [now, status] of [
    ['admin', 'allowed'],
    ['member', 'denied'],
  ]) {
    const { device_code, user_code } = await start();
    expect((await answer({ user_code })).status).toBe(204);
    const id = randomUUID();
    const values = [id, agency.id, `${id}@acme.example`, now];
    await api.sql('insert into users (id, agency_id, email, role) values ($1, $2, $3, $4)', values);
    const person = JSON.stringify({ kind: 'user', id });
    await api.sql(`update code_sign_ins set answered_by = answered_by || $1 where agency_id = $2`, [person, agency.id]);
    expect((await poll(device_code)).status).toBe(status);
  }
});

it('ends after 10 minutes', async () => {
  const { device_code, user_code } = await start();
  await api.sql(`update code_sign_ins set expires_at = expires_at - interval '10 minutes'`);
  expect((await find(user_code)).status).toBe(404);
  expect((await poll(device_code)).status).toBe('expired');
});

it('makes one key of ten answers at once, and hands it to one of ten questions', async () => {
  const { device_code, user_code } = await start();
  const answers = await Promise.all(Array.from({ length: 10 }, () => answer({ user_code })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([204, ...Array.from({ length: 9 }, () => 404)]);
  const polled = await Promise.all(Array.from({ length: 10 }, () => poll(device_code)));
  expect(polled.filter(({ key }) => key !== null)).toHaveLength(1);
});

it('limits guesses of a person, and beginnings of an address', async () => {
  const wrong = await Promise.all(Array.from({ length: 25 }, () => find('BBBB-BBBB')));
  expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([404, 429]));
  const begun = await Promise.all(Array.from({ length: 25 }, () => post('/codes', { client: 'x' })));
  expect(begun.some(({ status, headers }) => status === 429 && Number(headers['retry-after']) > 0)).toBe(true);
});
