import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { uuidv7 } from '../../lib/ids.js';

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

const create = (body: object, role: 'admin' | 'owner' | 'member' = 'admin') =>
  agency.ask('post', '/api-keys', body, role);
const me = (token: string) => request(api.app.getHttpServer()).get('/api/me').set('authorization', `Bearer ${token}`);
const auditOf = (targetId: string) =>
  api.sql('select action, actor_name, details from audit_log where target_id = $1 order by at, id', [targetId]);

describe('creating an API key', () => {
  it('returns the key once, with the rights of its role', async () => {
    const answer = await create({ name: 'ATS', role: 'member', expires_at: '2099-12-31T00:00:00Z' });
    expect(answer.status).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { token, ...key } = answer.body as { token: string; id: string };
    expect(key).toEqual({
      id: expect.any(String),
      name: 'ATS',
      role: 'member',
      last4: token.slice(-4),
      created_by: 'admin',
      created_at: expect.any(String),
      expires_at: '2099-12-31T00:00:00.000Z',
      expired: false,
      last_used_at: null,
    });
    expect((await me(token)).body).toMatchObject({
      kind: 'key',
      id: key.id,
      role: 'member',
      agency: { id: agency.id },
    });
    const list = await agency.ask('get', '/api-keys');
    expect(list.body.data[0]).toEqual({ ...key, last_used_at: expect.any(String) });
    expect(JSON.stringify(list.body)).not.toContain(token.slice(-43, -4));
    expect(await auditOf(key.id)).toEqual([
      {
        action: 'key.created',
        actor_name: 'admin',
        details: { name: 'ATS', role: 'member', expires_at: '2099-12-31T00:00:00.000Z' },
      },
    ]);
  });

  it('grants no role above the caller’s', async () => {
    const refused = await create({ name: 'More', role: 'owner' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    expect((await create({ name: 'Same', role: 'admin' })).status).toBe(201);
    expect((await create({ name: 'Same', role: 'owner' }, 'owner')).status).toBe(201);
  });

  it('is for admins', async () => {
    expect((await create({ name: 'X', role: 'viewer' }, 'member')).status).toBe(403);
    expect((await agency.ask('get', '/api-keys', null, 'member')).status).toBe(403);
  });

  it.each([
    [{}, 'name'],
    [{ name: '', role: 'viewer' }, 'name'],
    [{ name: 'two\nlines', role: 'viewer' }, 'name'],
    [{ name: 'X', role: 'god' }, 'role'],
    [{ name: ' ', role: 'viewer' }, 'name'],
    [{ name: 'pay\u202eroll', role: 'viewer' }, 'name'],
    [{ name: 'X', role: 'viewer', expires_at: 'tomorrow' }, 'expires_at'],
    [{ name: 'X', role: 'viewer', expires_at: '2099-W01-1T00:00:00Z' }, 'expires_at'],
    [{ name: 'X', role: 'viewer', expires_at: '2099-01-01' }, 'expires_at'],
    [{ name: 'X', role: 'viewer', expires_at: '2099-02-30T00:00:00Z' }, 'expires_at'],
    [{ name: 'X', role: 'viewer', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'X', role: 'viewer', expires_at: 4102444800 }, 'expires_at'],
    [{ name: 'X', role: 'viewer', agency_id: uuidv7() }, 'agency_id'],
  ])('refuses %j, naming %s', async (body, field) => {
    const answer = await create(body);
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, field]);
  });
});

describe('the list of API keys', () => {
  it('is paginated, newest first, and shows which are expired', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      ids.unshift((await create({ name, role: 'viewer', expires_at: '2099-01-01T00:00:00Z' })).body.id);
    }
    await api.sql(`update api_keys set expires_at = now() - interval '1 minute' where id = $1`, [ids[1]]);
    const first = await agency.ask('get', '/api-keys?limit=2');
    expect(first.body.data.map(({ id, expired }: { id: string; expired: boolean }) => [id, expired])).toEqual([
      [ids[0], false],
      [ids[1], true],
    ]);
    const second = await agency.ask('get', `/api-keys?limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body.data[0].id).toBe(ids[2]);
  });

  it('has no key of another agency and no service token', async () => {
    const other = await api.addAgency();
    const { body } = await other.ask('post', '/api-keys', { name: 'Theirs', role: 'viewer' });
    const names = (await agency.ask('get', '/api-keys?limit=200')).body.data.map(({ id }: { id: string }) => id);
    expect(names).toHaveLength(4);
    expect(names).not.toContain(body.id);
  });
});

describe('revoking an API key', () => {
  it('takes effect at once, also when it was just used, and is audited', async () => {
    const { body } = await create({ name: 'ATS', role: 'viewer' });
    expect((await me(body.token)).status).toBe(200);
    expect((await agency.ask('delete', `/api-keys/${body.id}`)).status).toBe(204);
    expect((await me(body.token)).status).toBe(401);
    const list = await agency.ask('get', '/api-keys');
    expect(list.body.data.map(({ id }: { id: string }) => id)).not.toContain(body.id);
    expect((await agency.ask('delete', `/api-keys/${body.id}`)).status).toBe(404);
    expect(await auditOf(body.id)).toMatchObject([{ action: 'key.created' }, { action: 'key.revoked' }]);
  });

  it('is audited once when done concurrently', async () => {
    const { body } = await create({ name: 'ATS', role: 'viewer' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => agency.ask('delete', `/api-keys/${body.id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404]);
    expect(await auditOf(body.id)).toHaveLength(2);
  });

  it('cannot reach a key of another agency', async () => {
    const other = await api.addAgency();
    const { body } = await other.ask('post', '/api-keys', { name: 'Theirs', role: 'viewer' });
    expect((await agency.ask('delete', `/api-keys/${body.id}`)).status).toBe(404);
    expect((await me(body.token)).status).toBe(200);
  });
});
