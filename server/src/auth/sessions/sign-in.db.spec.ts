import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type request from 'supertest';
import { type AuthApp, startAuthApp } from '../../../test/auth-app.js';
import { uuidv7 } from '../../lib/ids.js';
import { Invites } from './invites.service.js';
import { hashPassword } from './password.js';
import type { Role } from '../role.js';

describe('sign-in', () => {
  let auth: AuthApp;

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  const signIn = (email: string, password: string) => auth.http().post('/api/auth/login').send({ email, password });
  const cookieOf = (answer: request.Response) => (answer.headers['set-cookie'] as unknown as string[])[0]!;
  const newUser = async (role: Role) => {
    const user = { id: uuidv7(), email: `${role}-${uuidv7()}@agency.example`, password: 'a long enough password' };
    await auth.service.query(
      `insert into users (id, agency_id, email, role, password_hash) values ($1, $2, $3, $4, $5)`,
      [user.id, auth.demo.agencyId, user.email, role, await hashPassword(user.password)],
    );
    return user;
  };

  const invite = (id: string) =>
    auth.service.transaction((manager) => auth.app.get(Invites).issue(manager, { id, agencyId: auth.demo.agencyId }));
  const accept = (token: string) =>
    auth.http().post('/api/auth/invite').send({ token, password: 'a password of my own' });

  describe('a person', () => {
    it('signs in with email and password and gets identity and rights', async () => {
      const answer = await signIn(auth.demo.email.toUpperCase(), auth.demo.password);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        kind: 'user',
        email: auth.demo.email,
        role: 'owner',
        agency: { id: auth.demo.agencyId, name: 'Demo agency' },
        admins: ['Demo owner'],
        platform: {
          retention_days: 30,
          max_event_bytes: 262_144,
          answer_within_ms: 10_000,
          parallel_requests: 10,
          delay_scale: expect.any(Number),
          undo_ms: expect.any(Number),
          sends_from: [],
          record_urls: null,
        },
      });
      expect(answer.body.rights).toEqual(expect.arrayContaining(['webhooks.read', 'members.write']));
      expect(cookieOf(answer)).toMatch(/^bpoc_session=[^;]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/);
    });

    it('stays signed in by the cookie until sign-out', async () => {
      const cookie = cookieOf(await signIn(auth.demo.email, auth.demo.password));
      const me = await auth.http().get('/api/me').set('cookie', cookie);
      expect(me.body).toMatchObject({ kind: 'user', email: auth.demo.email });
      const out = await auth.http().post('/api/auth/logout').set('cookie', cookie);
      expect(out.status).toBe(204);
      expect(cookieOf(out)).toMatch(/^bpoc_session=; Max-Age=0; Path=\//);
      expect((await auth.http().get('/api/me').set('cookie', cookie)).body.code).toBe('unauthenticated');
    });

    it('ends the previous session of the same browser, and no other, by signing in again', async () => {
      const again = (cookie: string, password = auth.demo.password) =>
        auth.http().post('/api/auth/login').set('cookie', cookie).send({ email: auth.demo.email, password });
      const status = async (cookie: string) => (await auth.http().get('/api/me').set('cookie', cookie)).status;
      const [first, other] = [
        cookieOf(await signIn(auth.demo.email, auth.demo.password)),
        cookieOf(await signIn(auth.demo.email, auth.demo.password)),
      ];
      expect((await again(first, 'not the password')).status).toBe(401);
      expect(await status(first)).toBe(200);
      const second = cookieOf(await again(first));
      expect([await status(first), await status(second), await status(other)]).toEqual([401, 200, 200]);
      const { body: member } = await auth.http().get('/api/me').set('cookie', other);
      const entered = await accept(await invite(member.id)).set('cookie', second);
      expect([entered.status, await status(second), await status(cookieOf(entered))]).toEqual([200, 401, 200]);
      await auth.service.query('update users set password_hash = $2 where id = $1', [
        member.id,
        await hashPassword(auth.demo.password),
      ]);
    });

    it('cannot learn which of email and password was wrong', async () => {
      const [wrong, unknown] = await Promise.all([
        signIn(auth.demo.email, 'not the password'),
        signIn('nobody@agency.example', 'not the password'),
      ]);
      expect(wrong.status).toBe(401);
      expect(wrong.headers['set-cookie']).toBeUndefined();
      expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
      expect(wrong.body.code).toBe('invalid_credentials');
    });

    it('is blocked after ten wrong passwords, even with the right one', async () => {
      const { email, password } = await newUser('viewer');
      const guesses = await Promise.all(Array.from({ length: 11 }, (_, n) => signIn(email, `guess ${n}`)));
      const statuses = guesses.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
      const right = await signIn(email, password);
      expect(right.body).toMatchObject({
        code: 'too_many_requests',
        detail: expect.stringMatching(/Try again in 15 minutes/),
      });
      expect(Number(right.headers['retry-after'])).toBeGreaterThan(14 * 60);
      expect((await signIn(auth.demo.email, auth.demo.password)).status).toBe(200);
    });

    it('changes the password, which signs out all other browsers', async () => {
      const { email, password } = await newUser('viewer');
      const [here, there] = [cookieOf(await signIn(email, password)), cookieOf(await signIn(email, password))];
      const change = (current: string) =>
        auth
          .http()
          .post('/api/auth/password')
          .set('cookie', here)
          .send({ current_password: current, new_password: 'something else entirely' });
      expect((await change('wrong')).body.errors).toEqual([expect.objectContaining({ field: 'current_password' })]);
      expect((await change(password)).status).toBe(204);
      expect((await auth.http().get('/api/me').set('cookie', here)).status).toBe(200);
      expect((await auth.http().get('/api/me').set('cookie', there)).status).toBe(401);
      expect((await signIn(email, password)).status).toBe(401);
      expect((await signIn(email, 'something else entirely')).status).toBe(200);
    });

    it('changes the password, which revokes a pending invite link', async () => {
      const { id, email, password } = await newUser('viewer');
      const cookie = cookieOf(await signIn(email, password));
      const link = await invite(id);
      const change = { current_password: password, new_password: 'something else entirely' };
      expect((await auth.http().post('/api/auth/password').set('cookie', cookie).send(change)).status).toBe(204);
      expect((await accept(link)).body.code).toBe('invalid_credentials');
      expect((await signIn(email, 'something else entirely')).status).toBe(200);
    });

    it('is signed out when the session expires', async () => {
      const cookie = cookieOf(await signIn(auth.demo.email, auth.demo.password));
      await auth.service.query('update sessions set expires_at = now()');
      expect((await auth.http().get('/api/me').set('cookie', cookie)).status).toBe(401);
    });

    it('is audited at sign-in', async () => {
      await signIn(auth.demo.email, auth.demo.password);
      const [entry] = await auth.service.query(
        `select actor_kind, actor_name, agency_id from audit_log where action = 'user.signed_in'
         order by at desc limit 1`,
      );
      expect(entry).toEqual({ actor_kind: 'user', actor_name: 'Demo owner', agency_id: auth.demo.agencyId });
    });
  });

  describe('an invite', () => {
    it('that does not exist is refused without hashing a password, and rate-limited', async () => {
      const { id } = await newUser('viewer');
      const forged = `bpoc_inv_${id.replaceAll('-', '')}_${'x'.repeat(43)}`;
      // More than the queue of password hashing takes: none of these enters it.
      const guesses = await Promise.all(Array.from({ length: 60 }, () => accept(forged)));
      expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
      const [refused] = guesses.filter(({ status }) => status === 429);
      expect(refused!.body).toMatchObject({ code: 'too_many_requests', detail: expect.stringMatching(/15 minutes/) });
      expect(Number(refused!.headers['retry-after'])).toBeGreaterThan(14 * 60);
    });

    it('that is used concurrently works once', async () => {
      const { id } = await newUser('viewer');
      const token = await invite(id);
      const answers = await Promise.all(Array.from({ length: 5 }, () => accept(token)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401, 401]);
    });
  });

  describe('a cross-site request', () => {
    it.each([
      [{ 'sec-fetch-site': 'cross-site' }],
      [{ 'sec-fetch-site': 'same-site' }],
      [{ origin: 'https://evil.example' }],
      [{ origin: 'null' }],
    ])('cannot change something with the cookie of a signed-in browser (%j)', async (headers) => {
      const cookie = cookieOf(await signIn(auth.demo.email, auth.demo.password));
      const response = await auth.http().post('/api/probes/admin').set('cookie', cookie).set(headers);
      expect([response.status, response.body.code]).toEqual([403, 'cross_site_request']);
      expect((await auth.http().get('/api/probes/viewer').set('cookie', cookie).set(headers)).status).toBe(200);
    });

    it('is distinguished from one of the app itself', async () => {
      const cookie = cookieOf(await signIn(auth.demo.email, auth.demo.password));
      const response = auth.http().post('/api/probes/admin').set('cookie', cookie);
      expect((await response.set('sec-fetch-site', 'same-origin')).status).toBe(201);
    });

    it('cannot sign a browser in as another person', async () => {
      const answer = await signIn(auth.demo.email, auth.demo.password).set('sec-fetch-site', 'cross-site');
      expect(answer.body.code).toBe('cross_site_request');
    });
  });
});
