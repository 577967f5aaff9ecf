import { randomUUID } from 'node:crypto';
import { ApiKeys } from '../../src/auth/api-keys.service.js';
import { ROLES, SERVICE_SCOPES } from '../../src/auth/role.js';
import { ServiceDatabase } from '../../src/database/service-database.js';
import type { ApiApp } from '../api-app.js';
import { layDelivery } from '../laid-delivery.js';
import { addPerson } from '../person.js';

export const CRON_SECRET = 'a secret of the scheduler';

/** Everybody who may knock. */
export const CALLERS = [
  'nobody',
  'cron',
  'liar',
  ...ROLES,
  ...ROLES.map((role) => `key ${role}`),
  ...SERVICE_SCOPES.map((scope) => `service ${scope}`),
] as const;

export interface World {
  /** The headers by which each of CALLERS shows who it is. */
  callers: Record<string, Record<string, string>>;
  /** What placeholders stand for. */
  known: Record<string, string>;
}

/** An agency with one of everything, and the id of a webhook of another agency. */
export async function makeWorld(api: ApiApp, receiverUrl: string): Promise<World> {
  const agency = await api.addAgency();
  const agencyId = agency.id;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const callers: World['callers'] = { nobody: {}, cron: bearer(CRON_SECRET), liar: bearer('bpoc_key_0_nonsense') };
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
  const colleague = await addPerson(api, agencyId, 'owner');
  const webhooks = await addWebhook(agency, receiverUrl);
  const { id, eventId } = await layDelivery(api.sql, { agencyId, webhookId: webhooks, state: 'failed' });
  const owed = await layDelivery(api.sql, { agencyId, webhookId: webhooks, state: 'retrying' });
  const { body: planned } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
  const { body: key } = await agency.ask('post', '/api-keys', { name: 'X', role: 'viewer' });
  const { body: inbox } = await agency.ask('post', '/inboxes', {});
  const foreign = await addWebhook(await api.addAgency(), receiverUrl);
  const known = {
    webhooks,
    deliveries: id,
    owed: owed.id,
    events: eventId,
    recoveries: planned.plan_id as string,
    'api-keys': key.id as string,
    members: colleague.id,
    inboxes: inbox.id as string,
    token: (inbox.url as string).split('/').at(-1)!,
    agencies: randomUUID(),
    agency: agencyId,
    kind: 'candidate',
    value: 'uuid-789',
    foreign,
    email: colleague.email,
    password: PASSWORD,
    url: receiverUrl,
  };
  return { callers, known };
}

const PASSWORD = 'a long enough password';

async function addWebhook(agency: Awaited<ReturnType<ApiApp['addAgency']>>, url: string): Promise<string> {
  const { body } = await agency.ask('post', '/webhooks', { url, events: ['*'], headers: { 'x-tenant': 'north' } });
  return body.id as string;
}

/** A text with its placeholders filled in; what the world does not know stays. */
export function fillIn(text: string, { known }: World): string {
  return text.replaceAll(/@([a-z-]+)/gi, (whole, name: string) => known[name] ?? whole);
}
