import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthApp, bearer, startAuthApp } from '../../test/auth-app.js';
import { createAgency, type WantedAgency } from './create-agency.js';

describe('npm run agency', () => {
  let auth: AuthApp;
  const anna = {
    name: 'North Star',
    email: 'anna@north.example',
    owner: 'Anna Berg',
    newToken: false,
    newInvite: false,
    origin: 'https://webhooks.example',
    scopes: ['publish' as const],
  };

  beforeAll(async () => {
    auth = await startAuthApp();
  });

  afterAll(() => auth?.stop());

  const create = async (wanted: WantedAgency) => {
    const text = (await createAgency(auth.service, wanted)).join('\n');
    return {
      text,
      id: /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text)![0],
      invite: /https:\/\/webhooks\.example\/invite#(\S+)/.exec(text)?.[1],
      token: /bpoc_svc_\S+/.exec(text)?.[0],
    };
  };

  const accept = (token: string) =>
    auth.http().post('/api/auth/invite').send({ token, password: 'a long enough password' });

  it('creates an agency with an invited owner, and a token that may publish only for it', async () => {
    const made = await create(anna);
    const publish = await auth.http().post('/api/probes/publish').set(bearer(made.token!));
    expect(publish.status).toBe(201);
    const [row] = await auth.service.query(
      'select scopes, agency_ids from api_keys where agency_ids = array[$1::uuid]',
      [made.id],
    );
    expect(row).toEqual({ scopes: ['publish'], agency_ids: [made.id] });

    const again = await create(anna);
    expect(again.id).toBe(made.id);
    expect(again.token).toBeUndefined();
    expect([again.invite, again.text]).toEqual([undefined, expect.stringContaining('still works; --new-invite')]);
    expect((await accept(made.invite!)).body).toMatchObject({ name: 'Anna Berg', role: 'owner' });

    const third = await create({ ...anna, newToken: true, newInvite: true });
    expect(third.text).toContain('has a password already');
    expect(third.token).toBeDefined();
  });

  it('creates another invite on request, or if the previous one has expired', async () => {
    const cleo = { ...anna, name: 'West', email: 'cleo@west.example' };
    const first = await create(cleo);
    const second = await create({ ...cleo, newInvite: true });
    expect((await accept(first.invite!)).status).toBe(401);
    await auth.service.query(`update users set invite_expires_at = now() where email = $1`, [cleo.email]);
    const third = await create(cleo);
    expect((await accept(second.invite!)).status).toBe(401);
    expect((await accept(third.invite!)).status).toBe(200);
  });

  it('refuses an owner who belongs to another agency', async () => {
    await create({ ...anna, email: 'bob@south.example', name: 'South' });
    await expect(create({ ...anna, email: 'Bob@south.example' })).rejects.toThrow(/belongs to the agency "South"/);
  });
});
