import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportSPKI, importJWK, type CryptoKey, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { type ApiApp, startApiApp } from '../../../test/api-app.js';
import { EventStream } from '../../../test/event-stream.js';
import { eventually } from '../../../test/eventually.js';
import { AUDIENCE, type IdentityProvider, ISSUER, startIdentityProvider } from '../../../test/identity-provider.js';
import { addPerson, type Person } from '../../../test/person.js';
import { PasswordResets } from '../sessions/password-resets.service.js';
import { Streams } from '../../webhooks/stream/streams.service.js';

const SECRET = 'a secret that the provider and the server share';

let provider: IdentityProvider;
let api: ApiApp;
let agencyId: string;
let person: Person;
const closing: (() => Promise<void>)[] = [];

const settings = (more: Record<string, string> = {}) => ({
  ROLE: 'api',
  IDENTITY_ISSUER: ISSUER,
  IDENTITY_AUDIENCE: AUDIENCE,
  IDENTITY_JWKS_URL: provider.jwksUrl,
  ...more,
});

beforeAll(async () => {
  provider = await startIdentityProvider();
  api = await startApiApp(settings({ IDENTITY_HS256_SECRET: SECRET }));
  agencyId = (await api.addAgency()).id;
  person = await addPerson(api, agencyId, 'member');
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await api?.close();
  await provider?.close();
});

async function ask(token: string, at: ApiApp = api) {
  const answer = await fetch(`${await at.app.getUrl()}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const refused = (token: string) => ask(token).then(({ status, body }) => [status, body['code']]);
const sharedSecret = (claims: JWTPayload, secret: Uint8Array | string = SECRET) => {
  const seconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'x', exp: seconds + 60, email: person.email, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(typeof secret === 'string' ? Buffer.from(secret) : secret);
};

describe('a token of the identity provider', () => {
  it('signs in the person with its email address, with agency and role of the users table', async () => {
    for (const kid of ['rsa', 'ec']) {
      const { status, body } = await ask(await provider.sign({ email: person.email.toUpperCase() }, { kid }));
      expect([kid, status]).toEqual([kid, 200]);
      expect(body).toMatchObject({ kind: 'user', id: person.id, role: 'member', agency: { id: agencyId } });
    }
  });

  it('may be signed with the shared secret where that is set', async () => {
    expect((await ask(await sharedSecret({}))).body).toMatchObject({ id: person.id });
    expect(await refused(await sharedSecret({}, 'another secret that is not the shared one'))).toEqual([
      401,
      'unauthenticated',
    ]);
  });

  it('cannot set agency and role by claims that the person could have written', async () => {
    const claims = { agency_id: randomUUID(), role: 'owner' };
    const token = await provider.sign({
      email: person.email,
      user_metadata: claims,
      app_metadata: claims,
      ...claims,
    });
    expect((await ask(token)).body).toMatchObject({ role: 'member', agency: { id: agencyId } });
  });

  it('is the only way in of a person without a password: none can be chosen by mail', async () => {
    const resets = api.app.get(PasswordResets);
    const agency = await api.addAgency();
    const email = `invited-${agency.id}@agency.example`;
    await agency.ask('post', '/members', { email, role: 'owner' }, 'owner').expect(201);
    expect(await resets.mailFor(email)).toBeNull();
    expect(await resets.mailFor(person.email)).not.toBeNull();
  });

  it('signs in to the agency that invited first', async () => {
    const other = await api.addAgency();
    await other.ask('post', '/members', { email: person.email, role: 'owner' }, 'owner').expect(201);
    expect((await ask(await provider.sign({ email: person.email }))).body).toMatchObject({
      id: person.id,
      role: 'member',
    });
    await api.sql('delete from users where agency_id = $1', [other.id]);
  });

  it('is refused unless the address is verified by the value true and matches exactly', async () => {
    for (const email_verified of ['false', 0, '0', '', null, 'no', 'False', 1, 'TRUE', []]) {
      const token = await provider.sign({ email: person.email, email_verified });
      expect([email_verified, ...(await refused(token))]).toEqual([email_verified, 403, 'unknown_person']);
    }
    for (const email_verified of [true, 'true', undefined])
      expect((await ask(await provider.sign({ email: person.email, email_verified }))).status).toBe(200);
    await api.sql('update users set email = $2 where id = $1', [person.id, 'kim@agency.example']);
    for (const email of [
      '\u212Aim@agency.example',
      ' kim@agency.example',
      'kim@agency.example\n',
      'k\u0131m@agency.example',
    ])
      expect(await refused(await provider.sign({ email }))).toEqual([403, 'unknown_person']);
    expect((await ask(await provider.sign({ email: 'KIM@Agency.example' }))).body).toMatchObject({ id: person.id });
    await api.sql('update users set email = $2 where id = $1', [person.id, person.email]);
  });

  it('of an unknown person, or with an unverified address, is refused as unknown_person', async () => {
    expect(await refused(await provider.sign({ email: 'nobody@agency.example' }))).toEqual([403, 'unknown_person']);
    expect(await refused(await provider.sign({}))).toEqual([403, 'unknown_person']);
    expect(await refused(await provider.sign({ email: person.email, email_verified: false }))).toEqual([
      403,
      'unknown_person',
    ]);
  });

  it('opens the stream, which ends when the person is removed', async () => {
    const gone = await addPerson(api, agencyId, 'viewer');
    const token = await provider.sign({ email: gone.email });
    const stream = await EventStream.open(await api.app.getUrl(), { authorization: `Bearer ${token}` });
    await eventually(() => expect(stream.of('heartbeat')).toHaveLength(1));
    await api.app.get(Streams).check();
    expect(stream.ended).toBe(false);
    await api.sql('delete from sessions where user_id = $1', [gone.id]);
    await api.sql('delete from users where id = $1', [gone.id]);
    await api.app.get(Streams).check();
    await eventually(() => expect(stream.ended).toBe(true));
  });
});

describe('an invalid token', () => {
  const seconds = Math.floor(Date.now() / 1000);
  const WRONG: [string, JWTPayload][] = [
    ['of another issuer', { iss: 'https://id.platform.example' }],
    ['for another audience', { aud: 'another-service' }],
    ['that has expired', { exp: seconds - 60 }],
    ['that is for later', { nbf: seconds + 600 }],
    ['that never expires', { exp: undefined }],
  ];
  it.each(WRONG)('%s is refused', async (_what, claims) => {
    const token = await provider.sign({ email: person.email, ...claims });
    expect(await refused(token)).toEqual([401, 'unauthenticated']);
  });

  it('is refused when it is unsigned or signed by another key or algorithm than it names', async () => {
    const claims = { email: person.email, iss: ISSUER, aud: AUDIENCE, exp: seconds + 3600 };
    const none = new UnsecuredJWT(claims).encode();
    const [head, body, signature] = (await provider.sign({ email: person.email })).split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, email: 'owner@agency.example' })).toString('base64url');
    // Algorithm confusion: the public key as the secret of an HMAC.
    const { jwk } = provider.keys.get('rsa')!;
    const publicKey = await exportSPKI(
      (await importJWK({ ...jwk, ext: true }, 'RS256', { extractable: true })) as CryptoKey,
    );
    for (const secret of [publicKey, publicKey.trim(), JSON.stringify(jwk), jwk.n!]) {
      const confused = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'rsa' })
        .sign(Buffer.from(secret));
      expect(await refused(confused)).toEqual([401, 'unauthenticated']);
    }
    const tokens = [
      none,
      `${head}.${body}.`,
      `${head}.${forged}.${signature}`,
      `e30.${body}.${signature}`,
      'a.b.c',
      'not.a.jwt',
    ];
    for (const token of tokens) expect([token, ...(await refused(token))]).toEqual([token, 401, 'unauthenticated']);
    const otherAlgorithm = await provider.addKey('ps', 'PS256').then(() => provider.sign(claims, { kid: 'ps' }));
    expect(await refused(otherAlgorithm)).toEqual([401, 'unauthenticated']);
    // Names another key than the one that signed it.
    expect(await refused(await provider.sign(claims, { kid: 'ec', as: 'rsa' }))).toEqual([401, 'unauthenticated']);
  });

  it('does not cause a fetch of keys for each made-up key id', async () => {
    await ask(await provider.sign({ email: person.email }));
    const before = provider.requests.length;
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, n) => provider.sign({ email: person.email }, { as: `made-up-${n}` })),
    );
    for (const answer of await Promise.all(tokens.map(refused))) expect(answer).toEqual([401, 'unauthenticated']);
    expect(provider.requests.length - before).toBeLessThanOrEqual(1);
  });

  it('is refused where no provider is configured', async () => {
    const without = await startApiApp({ ROLE: 'api' });
    closing.push(() => without.close());
    expect(await ask(await provider.sign({ email: person.email }), without)).toMatchObject({ status: 401 });
  });
});

describe('agency and role from app_metadata, where configured', () => {
  it('sign in without a row in the users table', async () => {
    const other = await startApiApp(settings({ IDENTITY_SOURCE: 'app_metadata' }));
    closing.push(() => other.close());
    const { id } = await other.addAgency();
    const sign = (app_metadata: object, more: JWTPayload = {}) =>
      provider.sign({ email: 'Ann@Platform.example', app_metadata, ...more });
    const { status, body } = await ask(await sign({ agency_id: id, role: 'admin' }), other);
    expect([status, body]).toEqual([200, expect.objectContaining({ role: 'admin', name: 'ann@platform.example' })]);
    expect((await ask(await sign({ agency_id: id, role: 'viewer' }), other)).body['id']).toBe(body['id']);
    for (const metadata of [{}, { agency_id: id }, { agency_id: id, role: 'god' }, { agency_id: 1, role: 'admin' }])
      expect((await ask(await sign(metadata), other)).body).toMatchObject({ code: 'unknown_person' });
    const foreign = await sign({ agency_id: randomUUID(), role: 'admin' });
    expect(await ask(foreign, other)).toMatchObject({ status: 403, body: { code: 'unknown_person' } });
    const theirs = await sign({}, { user_metadata: { agency_id: id, role: 'owner' } });
    expect(await ask(theirs, other)).toMatchObject({ status: 403 });
  });
});

describe('a provider whose keys cannot be fetched', () => {
  it('causes 503 until they can, while cached keys keep working', async () => {
    provider.state.answer = { status: 500, body: 'oops' };
    const other = await startApiApp(settings());
    closing.push(() => other.close());
    const agency = await other.addAgency();
    const { email } = await addPerson(other, agency.id, 'viewer');
    const answer = await ask(await provider.sign({ email }), other);
    expect(answer).toMatchObject({ status: 503, body: { code: 'identity_unavailable' } });
    // Publishing takes service tokens only, so it does not depend on the provider.
    const headers = { authorization: `Bearer ${await provider.sign({ email })}` };
    const published = await fetch(`${await other.app.getUrl()}/api/internal/events`, { method: 'POST', headers });
    expect(published.status).toBe(401);
    expect((await ask(await provider.sign({ email: person.email }))).status).toBe(200);
    provider.state.answer = null;
  });
});
