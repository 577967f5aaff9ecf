import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type request from 'supertest';
import { type AuthApp, bearer, startAuthApp } from '../../test/auth-app.js';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import { uuidv7 } from '../lib/ids.js';
import { createDemoAgency } from '../embedded/demo-agency.js';

describe('provisioning', () => {
  let auth: AuthApp;

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  const signIn = (email: string, password: string) => auth.http().post('/api/auth/login').send({ email, password });
  const cookieOf = (answer: request.Response) => (answer.headers['set-cookie'] as unknown as string[])[0]!;
  describe('an agency', () => {
    const put = (id: string, body: object, token = auth.demo.serviceToken) =>
      auth.http().put(`/api/internal/agencies/${id}`).set(bearer(token)).send(body);
    const accept = (url: string, password: string) =>
      auth
        .http()
        .post('/api/auth/invite')
        .send({ token: url.split('#')[1], password });

    it('is created with its owner, who accepts the invite link once', async () => {
      const id = uuidv7();
      const created = await put(id, { name: 'North Star', owner: { email: 'Anna@north.example', name: 'Anna Berg' } });
      expect(created.status).toBe(201);
      expect(created.body).toEqual({
        id,
        name: 'North Star',
        owner: {
          email: 'anna@north.example',
          invite_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/invite#bpoc_inv_/),
        },
      });
      const url = created.body.owner.invite_url as string;
      expect((await accept(url, 'short')).body.errors[0]).toMatchObject({ field: 'password', code: 'is_length' });
      const entered = await accept(url, 'a long enough password');
      expect(entered.body).toMatchObject({ name: 'Anna Berg', role: 'owner', agency: { id, name: 'North Star' } });
      expect((await auth.http().get('/api/me').set('cookie', cookieOf(entered))).status).toBe(200);
      expect((await accept(url, 'a long enough password')).body.code).toBe('invalid_credentials');
    });

    it('is updated by the next put, which renews the invite until it is accepted', async () => {
      const id = uuidv7();
      const email = `owner-${id}@agency.example`;
      const first = (await put(id, { name: 'One', owner: { email } })).body;
      const again = await put(id, { name: 'Two', owner: { email } });
      expect([again.status, again.body.name]).toEqual([200, 'Two']);
      expect((await accept(first.owner.invite_url, 'a long enough password')).status).toBe(401);
      expect((await accept(again.body.owner.invite_url, 'a long enough password')).status).toBe(200);
      expect((await put(id, { name: 'Two', owner: { email } })).body.owner.invite_url).toBeNull();
      const rows = await auth.service.query('select action from audit_log where agency_id = $1 order by at, id', [id]);
      expect(rows.map((row) => (row as { action: string }).action)).toEqual(
        expect.arrayContaining(['agency.created', 'user.made_owner', 'agency.renamed', 'user.accepted_invite']),
      );
    });

    it('is created once by concurrent requests', async () => {
      const id = uuidv7();
      const body = { name: 'Race', owner: { email: `race-${id}@agency.example` } };
      const answers = await Promise.all(Array.from({ length: 8 }, () => put(id, body)));
      const created = answers.filter(({ status }) => status === 201);
      expect(created).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    });

    it('cannot claim a person of another agency', async () => {
      const answer = await put(uuidv7(), { name: 'Thief', owner: { email: auth.demo.email } });
      expect([answer.status, answer.body.code]).toEqual([409, 'email_taken']);
      expect(await auth.service.query(`select from agencies where name = 'Thief'`)).toEqual([]);
    });

    it('refuses a token limited to other agencies, and invalid ids and fields', async () => {
      const { token } = await auth.service.transaction((manager) =>
        auth.app
          .get(ApiKeys)
          .issueServiceToken(manager, { name: 'x', createdBy: 't', scopes: ['agencies'], agencyIds: [uuidv7()] }),
      );
      const body = { name: 'X', owner: { email: 'x@x.example' } };
      expect((await put(uuidv7(), body, token)).body.code).toBe('forbidden');
      expect((await put('not-a-uuid', body)).body.errors).toEqual([expect.objectContaining({ field: 'id' })]);
      const wrong = await put(uuidv7(), { name: 'X\n', owner: { email: 'x' } });
      expect(wrong.body.errors.map(({ field }: { field: string }) => field)).toEqual(['name', 'owner.email']);
    });
  });

  describe('the demo', () => {
    it('is created once, and renewed only when its access is lost: the old access ends', async () => {
      expect(await createDemoAgency(auth.app, { isKept: () => true, keep: async () => {} })).toBeNull();
      const before = await auth.service.query('select from agencies');
      const renewed = (await createDemoAgency(auth.app, { isKept: () => false, keep: async () => {} }))!;
      expect(renewed.agencyId).toBe(auth.demo.agencyId);
      expect(await auth.service.query('select from agencies')).toHaveLength(before.length);
      expect((await signIn(auth.demo.email, auth.demo.password)).status).toBe(401);
      expect(await new ApiKeys(auth.service).verify(auth.demo.apiKey)).toBeNull();
      auth.demo = renewed;
      expect((await signIn(auth.demo.email, auth.demo.password)).status).toBe(200);
      expect((await auth.http().post('/api/probes/admin').set(bearer(auth.demo.apiKey))).status).toBe(201);
    });
  });
});
