import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthApp, bearer, startAuthApp } from '../../test/auth-app.js';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import { createToken, listTokens, revokeToken, type WantedToken } from './service-tokens.js';

describe('npm run token', () => {
  let auth: AuthApp;

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  const create = async (wanted: Partial<WantedToken> = {}) => {
    const whole = { name: 'Jobs', scopes: ['publish' as const], agencyIds: null, expiresAt: null, ...wanted };
    const text = (await createToken(auth.service, whole)).join('\n');
    return { text, id: /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)![0], token: /bpoc_svc_\S+/.exec(text)![0] };
  };
  const listed = async (id: string) => (await listTokens(auth.service)).find((line) => line.startsWith(id));
  const put = (token: string, id: string) =>
    auth
      .http()
      .put(`/api/internal/agencies/${id}`)
      .set(bearer(token))
      .send({ name: 'North', owner: { email: `${id}@north.example` } });
  const audit = (id: string) =>
    auth.service.query(
      'select action, agency_id, actor_kind, details from audit_log where target_id = $1 order by id',
      [id],
    );

  it('creates a token that may create agencies', async () => {
    const { token } = await create({ scopes: ['agencies'] });
    const id = randomUUID();
    expect((await put(token, id)).status).toBe(201);
    expect((await auth.http().post('/api/probes/publish').set(bearer(token))).status).toBe(403);
  });

  it('creates a token for a single agency that does not exist yet', async () => {
    const id = randomUUID();
    const { token } = await create({ scopes: ['agencies'], agencyIds: [id] });
    expect((await put(token, randomUUID())).status).toBe(403);
    expect((await put(token, id)).status).toBe(201);
  });

  it('refuses a publish token for an agency that does not exist', async () => {
    const id = randomUUID();
    await expect(create({ agencyIds: [id] })).rejects.toThrow(`There is no agency ${id}.`);
  });

  it('lists tokens with their details but not the tokens themselves', async () => {
    const agencyIds = [auth.demo.agencyId];
    const { id, token } = await create({
      name: 'Timed',
      scopes: ['publish', 'erase'],
      agencyIds,
      expiresAt: new Date('2099-01-02T03:04:05Z'),
    });
    expect(await listed(id)).toMatch(
      new RegExp(
        `^${id}  "Timed"  …${token.slice(-4)}; publish,erase; agencies ${agencyIds[0]}; ` +
          'created 20\\S+ \\S+ by npm run token; never used; expires 2099-01-02 03:04$',
      ),
    );
    await auth.http().post('/api/probes/publish').set(bearer(token));
    expect(await listed(id)).toMatch(/; last used 20/);
    expect((await listTokens(auth.service)).join('\n')).not.toContain(token);
    await auth.service.query(`update api_keys set expires_at = now() where id = $1`, [id]);
    expect(await listed(id)).toMatch(/; EXPIRED 20/);
  });

  it('revokes a token once, after which it is refused', async () => {
    const { id, token } = await create();
    expect(await revokeToken(auth.service, id)).toEqual([
      `Revoked ${id} "Jobs". Running servers take it for up to 10 seconds more.`,
    ]);
    expect((await auth.http().post('/api/probes/publish').set(bearer(token))).status).toBe(401);
    expect(await listed(id)).toBeUndefined();
    await expect(revokeToken(auth.service, id)).rejects.toThrow(`There is no service token ${id} that works.`);
  });

  it('does not revoke API keys of an agency', async () => {
    const { id } = await auth.service.transaction((manager) =>
      new ApiKeys(auth.service).issueKey(manager, {
        agencyId: auth.demo.agencyId,
        role: 'viewer',
        name: 'x',
        createdBy: 'test',
      }),
    );
    await expect(revokeToken(auth.service, id)).rejects.toThrow('There is no service token');
    await expect(revokeToken(auth.service, 'x')).rejects.toThrow('"x" is not the id of a token');
  });

  it('writes to the audit log of every agency that a token is for', async () => {
    const agencyId = auth.demo.agencyId;
    const { id } = await create({ agencyIds: [agencyId] });
    await revokeToken(auth.service, id);
    expect(await audit(id)).toEqual([
      {
        action: 'token.created',
        agency_id: agencyId,
        actor_kind: 'system',
        details: { name: 'Jobs', scopes: ['publish'], expires_at: null },
      },
      {
        action: 'token.revoked',
        agency_id: agencyId,
        actor_kind: 'system',
        details: { name: 'Jobs', scopes: ['publish'] },
      },
    ]);
    expect(await audit((await create()).id)).toEqual([]);
  });
});
