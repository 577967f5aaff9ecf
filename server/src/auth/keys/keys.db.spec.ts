import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import type request from 'supertest';
import { type AuthApp, bearer, startAuthApp } from '../../../test/auth-app.js';
import { ApiKeys } from './api-keys.service.js';
import type { Role } from '../role.js';

@Controller('api/forgotten')
class ForgottenController {
  @Get('secrets')
  secrets() {
    return { open: true };
  }
}

describe('access by key', () => {
  let auth: AuthApp;

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  const signIn = (email: string, password: string) => auth.http().post('/api/auth/login').send({ email, password });
  const cookieOf = (answer: request.Response) => (answer.headers['set-cookie'] as unknown as string[])[0]!;
  describe('a key', () => {
    const newKey = (role: Role, expiresAt?: Date) =>
      auth.service.transaction((manager) =>
        auth.app.get(ApiKeys).issueKey(manager, {
          agencyId: auth.demo.agencyId,
          role,
          name: 'ATS',
          createdBy: 'test',
          ...(expiresAt && { expiresAt }),
        }),
      );

    it('has the rights of its role, also with a cross-site Origin header', async () => {
      const key = await newKey('admin');
      expect(
        (await auth.http().post('/api/probes/admin').set(bearer(key.token)).set('origin', 'https://x.example')).status,
      ).toBe(201);
      const me = await auth.http().get('/api/me').set(bearer(key.token));
      expect(me.body).toMatchObject({ kind: 'key', id: key.id, name: 'ATS', email: null, role: 'admin' });
    });

    it('has no rights beyond its role', async () => {
      const { token } = await newKey('member');
      expect((await auth.http().get('/api/probes/viewer').set(bearer(token))).status).toBe(200);
      const refused = await auth.http().post('/api/probes/admin').set(bearer(token));
      expect(refused.body).toMatchObject({ code: 'forbidden', detail: 'This needs the role admin; yours is member.' });
      expect((await auth.http().post('/api/probes/publish').set(bearer(token))).body.code).toBe('forbidden');
    });

    it('stops working when it expires, also when it was just used', async () => {
      const { id, token } = await newKey('viewer', new Date(Date.now() + 1_000));
      expect((await auth.http().get('/api/probes/viewer').set(bearer(token))).status).toBe(200);
      const [{ expires_at: expiresAt } = { expires_at: new Date() }] = await auth.service.query<{ expires_at: Date }>(
        'select expires_at from api_keys where id = $1',
        [id],
      );
      let status = 200;
      while (status === 200) status = (await auth.http().get('/api/probes/viewer').set(bearer(token))).status;
      expect(status).toBe(401);
      expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
      expect(Date.now()).toBeLessThan(expiresAt.getTime() + 5_000);
    });

    it('is refused once revoked, in a process that has not cached it', async () => {
      const { id, token } = await newKey('viewer');
      await auth.service.query('update api_keys set revoked_at = now() where id = $1', [id]);
      const answer = await auth.http().get('/api/probes/viewer').set(bearer(token));
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    });

    it('must match to the last character', async () => {
      const { token } = await newKey('viewer');
      const other = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
      for (const wrong of [other, token.replace('_key_', '_svc_'), `${token}x`, '', 'bpoc_key_x']) {
        const answer = await auth.http().get('/api/probes/viewer').set(bearer(wrong));
        expect([wrong === token, answer.status]).toEqual([false, 401]);
      }
    });

    it('does not fall back to the cookie when it is wrong', async () => {
      const cookie = cookieOf(await signIn(auth.demo.email, auth.demo.password));
      expect(
        (await auth.http().get('/api/me').set('cookie', cookie).set('authorization', 'Bearer nonsense')).status,
      ).toBe(401);
    });

    it('records its last use at most once a minute', async () => {
      const { id, token } = await newKey('viewer');
      const lastUsed = async () =>
        (
          await auth.service.query<{ at: string; version: string }>(
            'select last_used_at::text as at, xmin::text as version from api_keys where id = $1',
            [id],
          )
        )[0]!;
      expect((await lastUsed()).at).toBeNull();
      await auth.http().get('/api/probes/viewer').set(bearer(token));
      const first = await lastUsed();
      expect(first.at).not.toBeNull();
      // As in another process, without this one's cache.
      await new ApiKeys(auth.service).verify(token);
      expect(await lastUsed()).toEqual(first);
    });

    it('is stored as a hash only', async () => {
      const { id, token } = await newKey('viewer');
      const [row] = await auth.service.query<{ all: string; last4: string }>(
        'select k::text as all, last4 from api_keys k where id = $1',
        [id],
      );
      expect(row!.all).not.toContain(token.slice(-43));
      expect(token.endsWith(row!.last4)).toBe(true);
    });
  });

  describe('a service token', () => {
    it('has the rights of its scopes and none of an agency', async () => {
      expect((await auth.http().post('/api/probes/publish').set(bearer(auth.demo.serviceToken))).status).toBe(201);
      const refused = await auth.http().get('/api/probes/viewer').set(bearer(auth.demo.serviceToken));
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    });

    it('has no rights of another scope', async () => {
      const { token } = await auth.service.transaction((manager) =>
        auth.app
          .get(ApiKeys)
          .issueServiceToken(manager, { name: 'x', createdBy: 'test', scopes: ['erase'], agencyIds: null }),
      );
      const refused = await auth.http().post('/api/probes/publish').set(bearer(token));
      expect(refused.body.detail).toBe('This needs a service token with the scope "publish".');
    });
  });

  describe('a route without an access declaration', () => {
    it('prevents the server from starting and is named', async () => {
      const forgetful = await auth.another(ForgottenController);
      await expect(forgetful.init()).rejects.toThrow('ForgottenController.secrets (GET)');
      await forgetful.close().catch(() => undefined);
    });
  });
});
