import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../test/api-app.js';
import { addPerson } from '../../test/person.js';

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

const invite = (body: object, role: 'owner' | 'admin' = 'owner') => agency.ask('post', '/members', body, role);
const list = async (role: 'viewer' | 'admin' | 'owner' = 'owner') =>
  (await agency.ask('get', '/members', null, role)).body.data as Record<string, unknown>[];
const accept = (url: string, password = 'a long enough password') =>
  request(api.app.getHttpServer())
    .post('/api/auth/invite')
    .send({ token: url.split('#')[1], password });
const signIn = (address: string, password: string) =>
  request(api.app.getHttpServer()).post('/api/auth/login').send({ email: address, password });
const me = (cookie: string) => request(api.app.getHttpServer()).get('/api/me').set('cookie', cookie);
const auditOf = (targetId: string) =>
  api.sql('select action, details from audit_log where target_id = $1 order by at, id', [targetId]);
let people = 0;
const email = () => `person-${process.pid}-${++people}@agency.example`;

describe('inviting a person', () => {
  it('returns a link to set a password, which signs the person in with that role', async () => {
    const address = email();
    const answer = await invite({ email: address.toUpperCase(), role: 'member', name: 'Ben Okafor' });
    expect(answer.status).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { invite_url: url, mailed, ...member } = answer.body as { invite_url: string; mailed: boolean; id: string };
    expect(mailed).toBe(true);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/invite#bpoc_inv_/);
    expect(member).toEqual({
      id: expect.any(String),
      name: 'Ben Okafor',
      email: address,
      role: 'member',
      status: 'invited',
      invite_expires_at: expect.any(String),
      created_at: expect.any(String),
    });
    expect(JSON.stringify(await list())).not.toContain('bpoc_inv_');
    const entered = await accept(url);
    expect(entered.body).toMatchObject({ id: member.id, role: 'member', agency: { id: agency.id } });
    expect(await list()).toEqual([{ ...member, status: 'active', invite_expires_at: null }]);
    expect(await auditOf(member.id)).toEqual([
      { action: 'user.invited', details: { role: 'member', again: false, mailed: true } },
    ]);
  });

  it('again replaces the link and updates role and name', async () => {
    const address = email();
    const first = await invite({ email: address, role: 'member', name: 'Ben' });
    const second = await invite({ email: address, role: 'viewer' });
    expect([second.status, second.body.id]).toEqual([200, first.body.id]);
    expect(second.body).toMatchObject({ name: 'Ben', role: 'viewer', status: 'invited' });
    expect((await accept(first.body.invite_url)).body.code).toBe('invalid_credentials');
    expect((await accept(second.body.invite_url)).body.role).toBe('viewer');
    expect(await auditOf(first.body.id)).toMatchObject([
      { action: 'user.invited' },
      { action: 'user.role_changed', details: { from: 'member', to: 'viewer' } },
      { action: 'user.invited', details: { again: true } },
    ]);
  });

  it('lets a person who lost the password back in, and signs out their other browsers', async () => {
    const person = await addPerson(api, agency.id, 'member');
    const again = await invite({ email: person.email, role: 'member' });
    expect(again.body).toMatchObject({ id: person.id, status: 'active' });
    expect((await me(person.cookie)).status).toBe(200);
    expect((await accept(again.body.invite_url)).status).toBe(200);
    expect((await me(person.cookie)).status).toBe(401);
  });

  it('ten times at once creates one person', async () => {
    const address = email();
    const answers = await Promise.all(Array.from({ length: 10 }, () => invite({ email: address, role: 'member' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
    expect(await list()).toHaveLength(1);
  });

  it('does not reveal that another agency knows the address, whose account is unaffected', async () => {
    const other = await api.addAgency();
    const person = await addPerson(api, other.id, 'viewer');
    const known = await invite({ email: person.email, role: 'owner' });
    const stranger = await invite({ email: email(), role: 'owner' });
    const shape = ({ status, body }: request.Response) => [
      status,
      Object.keys(body).sort(),
      body.status,
      body.name === body.email,
    ];
    expect(shape(known)).toEqual(shape(stranger));
    expect(known.body.id).not.toBe(person.id);
    expect(await auditOf(known.body.id)).toEqual([
      { action: 'user.invited', details: { role: 'owner', again: false, mailed: true } },
    ]);
    expect((await invite({ email: person.email, role: 'owner' })).status).toBe(200);
    const { invite_url: link } = (await invite({ email: person.email, role: 'owner' })).body;
    const entered = await accept(link, 'a password for here');
    expect([entered.status, entered.body.id, entered.body.agency.id]).toEqual([200, known.body.id, agency.id]);
    expect((await me(person.cookie)).body).toMatchObject({ id: person.id, role: 'viewer', agency: { id: other.id } });
    const into = async (password: string) => (await signIn(person.email, password)).body.agency?.id;
    expect(await into('a long enough password')).toBe(other.id);
    expect(await into('a password for here')).toBe(agency.id);
    expect(await into('a password of neither')).toBeUndefined();
    const hashes = await api.sql<{ password_hash: string }>('select password_hash from users where email = $1', [
      person.email,
    ]);
    const salts = new Set(hashes.map(({ password_hash: hash }) => hash.split('$')[4]));
    expect([hashes.length, salts.size]).toEqual([2, 1]);
  });

  it('folds only the case of A to Z in an address', async () => {
    const address = `\u212Aim-${email()}`;
    expect((await invite({ email: address.replace('im', 'IM'), role: 'viewer' })).body.email).toBe(address);
  });

  it.each([
    [{}, 'email'],
    [{ email: 'anyone', role: 'viewer' }, 'email'],
    [{ email: 'a@b.example', role: 'god' }, 'role'],
    [{ email: 'a@b.example' }, 'role'],
    [{ email: 'a@b.example', role: 'viewer', name: null }, 'name'],
    [{ email: 'a@b.example', role: 'viewer', name: 'nul\u0000' }, 'name'],
    [{ email: 'a@b.example', role: 'viewer', password: 'x' }, 'password'],
  ])('refuses %j, naming %s', async (body, field) => {
    const answer = await invite(body);
    expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, field]);
  });

  it('is for owners, like every change of people', async () => {
    const { id } = await addPerson(api, agency.id, 'viewer');
    for (const response of [
      invite({ email: email(), role: 'viewer' }, 'admin'),
      agency.ask('patch', `/members/${id}`, { role: 'member' }, 'admin'),
      agency.ask('delete', `/members/${id}`, null, 'admin'),
    ]) {
      expect((await response).body.code).toBe('forbidden');
    }
  });
});

describe('the list of people', () => {
  it('shows email addresses to admins only', async () => {
    const { id, email: address } = await addPerson(api, agency.id, 'member');
    await invite({ email: email(), role: 'viewer', name: 'Ben' });
    expect(await list('viewer')).toMatchObject([
      { id, name: 'member person', email: null, role: 'member', status: 'active' },
      { name: 'Ben', email: null, role: 'viewer', status: 'invited', invite_expires_at: null },
    ]);
    expect((await list('admin'))[0]).toMatchObject({ id, email: address });
  });

  it('is paginated', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await addPerson(api, agency.id, 'viewer')).id);
    ids.sort();
    const first = (await agency.ask('get', '/members?limit=2')).body;
    const second = (await agency.ask('get', `/members?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
  });
});

describe('changing a role', () => {
  it('takes effect on the next request of that person', async () => {
    const person = await addPerson(api, agency.id, 'viewer');
    const answer = await agency.ask('patch', `/members/${person.id}`, { role: 'admin' }, 'owner');
    expect([answer.status, answer.body.role]).toEqual([200, 'admin']);
    expect((await me(person.cookie)).body.role).toBe('admin');
    await agency.ask('patch', `/members/${person.id}`, { role: 'admin' }, 'owner');
    expect(await auditOf(person.id)).toEqual([
      { action: 'user.role_changed', details: { from: 'viewer', to: 'admin' } },
    ]);
  });

  it('of a person of another agency is not found', async () => {
    const other = await api.addAgency();
    const person = await addPerson(api, other.id, 'viewer');
    expect((await agency.ask('patch', `/members/${person.id}`, { role: 'owner' }, 'owner')).status).toBe(404);
    expect((await agency.ask('delete', `/members/${person.id}`, null, 'owner')).status).toBe(404);
    expect((await me(person.cookie)).body.role).toBe('viewer');
  });
});

describe('removing a person', () => {
  it('ends their sessions at once', async () => {
    const person = await addPerson(api, agency.id, 'member');
    expect((await agency.ask('delete', `/members/${person.id}`, null, 'owner')).status).toBe(204);
    expect((await me(person.cookie)).status).toBe(401);
    expect(await list()).toEqual([]);
    expect((await agency.ask('delete', `/members/${person.id}`, null, 'owner')).status).toBe(404);
    expect(await auditOf(person.id)).toEqual([
      { action: 'user.removed', details: { name: 'member person', role: 'member' } },
    ]);
  });
});

describe('the last owner', () => {
  it('can be neither removed nor demoted, not even by an invite', async () => {
    const owner = await addPerson(api, agency.id, 'owner');
    // An invited owner without a password does not count.
    await invite({ email: email(), role: 'owner' });
    for (const response of [
      agency.ask('delete', `/members/${owner.id}`, null, 'owner'),
      agency.ask('patch', `/members/${owner.id}`, { role: 'admin' }, 'owner'),
      invite({ email: owner.email, role: 'viewer' }),
    ]) {
      const { status, body } = await response;
      expect([status, body.code]).toEqual([409, 'last_owner']);
    }
    expect((await me(owner.cookie)).body.role).toBe('owner');
    expect(await auditOf(owner.id)).toEqual([]);
  });

  it('stays when two owners demote or remove each other at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await addPerson(api, agency.id, 'owner'), await addPerson(api, agency.id, 'owner')];
      const answers = await Promise.all([
        agency.ask('delete', `/members/${a.id}`, null, 'owner'),
        agency.ask('patch', `/members/${b.id}`, { role: 'viewer' }, 'owner'),
      ]);
      expect(answers.map(({ status }) => status).sort()[1]).toBe(409);
      expect((await list()).filter(({ role }) => role === 'owner')).toHaveLength(1);
      await api.sql('delete from users where agency_id = $1', [agency.id]);
    }
  });
});
