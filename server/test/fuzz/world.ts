import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import request from 'supertest';
import { ApiKeys } from '../../src/auth/keys/api-keys.service.js';
import { ROLES, SERVICE_SCOPES } from '../../src/auth/role.js';
import { ServiceDatabase } from '../../src/database/service-database.js';
import { AppError } from '../../src/lib/app-error.js';
import { RejectedEvents } from '../../src/nats/rejected-events.js';
import type { ApiApp } from '../api-app.js';
import { AUDIENCE, ISSUER } from '../identity-provider.js';
import { insertDelivery } from '../insert-delivery.js';
import { addPerson } from '../person.js';

export const CRON_SECRET = 'a secret of the scheduler';

/** Every kind of caller. */
export const CALLERS = [
  'anonymous',
  'cron',
  'invalid key',
  ...ROLES,
  ...ROLES.map((role) => `key ${role}`),
  ...SERVICE_SCOPES.map((scope) => `service ${scope}`),
  'jwt viewer',
  'jwt owner',
  'jwt stranger',
  'foreign key owner',
  'foreign jwt owner',
] as const;

/** Signs tokens of the identity provider. */
const IDENTITY_SECRET = 'a secret that the identity provider shares';

/** Settings of the application under which every caller is recognised. */
export const WORLD_SETTINGS = {
  CRON_SECRET,
  IDENTITY_ISSUER: ISSUER,
  IDENTITY_AUDIENCE: AUDIENCE,
  IDENTITY_HS256_SECRET: IDENTITY_SECRET,
};

export interface World {
  /** Authentication headers of each of CALLERS. */
  callers: Record<string, Record<string, string>>;
  /** Values of the placeholders. */
  known: Record<string, string>;
}

/** An agency with one of everything, and another agency with a webhook and people. */
export async function makeWorld(api: ApiApp, receiverUrl: string): Promise<World> {
  const agency = await api.addAgency();
  const agencyId = agency.id;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const callers: World['callers'] = {
    anonymous: {},
    cron: bearer(CRON_SECRET),
    'invalid key': bearer('bpoc_key_0_nonsense'),
  };
  const issuer = api.app.get(ApiKeys);
  await api.app.get(ServiceDatabase).transaction(async (manager) => {
    const about = { name: 'x', createdBy: 'test' };
    for (const role of ROLES)
      callers[`key ${role}`] = bearer((await issuer.issueKey(manager, { ...about, agencyId, role })).token);
    for (const scope of SERVICE_SCOPES) {
      const made = await issuer.issueServiceToken(manager, { ...about, scopes: [scope], agencyIds: null });
      callers[`service ${scope}`] = bearer(made.token);
    }
  });
  for (const role of ROLES) callers[role] = { cookie: (await addPerson(api, agencyId, role)).cookie };
  for (const role of ['viewer', 'owner'] as const)
    callers[`jwt ${role}`] = bearer(await jwtOf((await addPerson(api, agencyId, role)).email));
  callers['jwt stranger'] = bearer(await jwtOf('stranger@nowhere.example'));
  const colleague = await addPerson(api, agencyId, 'owner');
  const webhooks = await addWebhook(agency, receiverUrl);
  await api.sql(
    `insert into webhook_recipients (id, agency_id, webhook_id, email, state)
     values (gen_random_uuid(), $1, $2, 'ann@recruiting.example', 'confirmed')`,
    [agencyId, webhooks],
  );
  const { id, eventId } = await insertDelivery(api.sql, { agencyId, webhookId: webhooks, state: 'failed' });
  await api.sql(
    `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, last_attempt_at, last_reason)
     values ($1, $2, 6, now(), now(), 'timeout')`,
    [webhooks, agencyId],
  );
  const pending = await insertDelivery(api.sql, { agencyId, webhookId: webhooks, state: 'retrying' });
  const { body: planned } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
  const { body: key } = await agency.ask('post', '/api-keys', { name: 'X', role: 'viewer' });
  const { body: inbox } = await agency.ask('post', '/inboxes', {});
  await request(api.app.getHttpServer())
    .post(new URL(inbox.url as string).pathname)
    .send({});
  // An open stream would change what is stored after the answer.
  const { body: listener } = await agency.ask('post', '/listeners', { url: 'http://localhost:3000/' });
  await agency.ask('delete', `/listeners/${listener.id}`);
  const { body: messages } = await agency.ask('get', `/inboxes/${inbox.id}/messages`);
  const others = await api.addAgency();
  const foreign = await addWebhook(others, receiverUrl);
  Object.assign(callers, await foreignOwners(api, others.id));
  const { body: link } = await agency.ask('post', `/webhooks/${webhooks}/handover`, {});
  const known = {
    link: link.id as string,
    webhooks,
    deliveries: id,
    problems: webhooks,
    pending: pending.id,
    events: eventId,
    'rejected-events': await rejectedEvent(api, agencyId),
    recoveries: planned.plan_id as string,
    'api-keys': key.id as string,
    members: colleague.id,
    inboxes: inbox.id as string,
    listeners: listener.id as string,
    message: messages.data[0].id as string,
    token: (inbox.url as string).split('/').at(-1)!,
    agencies: randomUUID(),
    agency: agencyId,
    kind: 'candidate',
    value: 'uuid-789',
    external_key: 'payroll',
    foreign,
    email: colleague.email,
    password: PASSWORD,
    url: receiverUrl,
  };
  return { callers, known };
}

/** Valid by now. */
async function rejectedEvent(api: ApiApp, agencyId: string): Promise<string> {
  const data = { offerId: 'o', applicationId: 'a', candidateId: 'uuid-789', sentAt: '2026-01-22T10:30:00Z' };
  const origin = randomUUID();
  const body = Buffer.from(JSON.stringify({ type: 'offer.sent', agencyId, data }));
  const message = { subject: 'bpoc.events.offer.sent', body, messageId: null, origin, publishedAt: new Date() };
  await api.app.get(RejectedEvents).store(message, new AppError('validation_failed', 'It was wrong.'));
  const [row] = await api.sql<{ id: string }>('select id from rejected_events where origin = $1', [origin]);
  return row!.id;
}

async function foreignOwners(api: ApiApp, agencyId: string): Promise<World['callers']> {
  const about = { name: 'x', createdBy: 'test', agencyId, role: 'owner' as const };
  const key = await api.app
    .get(ServiceDatabase)
    .transaction((manager) => api.app.get(ApiKeys).issueKey(manager, about));
  const { email } = await addPerson(api, agencyId, 'owner');
  return {
    'foreign key owner': { authorization: `Bearer ${key.token}` },
    'foreign jwt owner': { authorization: `Bearer ${await jwtOf(email)}` },
  };
}

function jwtOf(email: string): Promise<string> {
  return new SignJWT({ email, email_verified: true, sub: email })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(IDENTITY_SECRET));
}

const PASSWORD = 'a long enough password';

async function addWebhook(agency: Awaited<ReturnType<ApiApp['addAgency']>>, url: string): Promise<string> {
  const { body } = await agency.ask('post', '/webhooks', { url, events: ['*'], headers: { 'x-tenant': 'north' } });
  return body.id as string;
}

/** Fills in placeholders; unknown ones stay. */
export function fillIn(text: string, { known }: World): string {
  return text.replaceAll(/@([a-z_-]+)/gi, (whole, name: string) => known[name] ?? whole);
}
