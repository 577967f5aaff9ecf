import { beforeAll, expect, it } from '@jest/globals';
import { type Agency, apiPerFile } from '../../../test/api-app.js';
import { insertDelivery, type InsertedDelivery } from '../../../test/insert-delivery.js';
import { UNREADABLE } from '../model/webhook-addresses.js';

/* An address may hold a key in its path or query. */

const KEY = 'k3yInThePath0123456789';
const ADDRESS = `https://hooks.example.org/services/${KEY}?token=${KEY}`;
const HOST = 'https://hooks.example.org/';

const api = apiPerFile({ ROLE: 'api' });
let agency: Agency;
let webhookId: string;
let delivery: InsertedDelivery;
beforeAll(async () => {
  agency = await api.addAgency();
  webhookId = await add();
  delivery = await insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed' });
});

const add = async (more = {}): Promise<string> =>
  (await agency.ask('post', '/webhooks', { url: ADDRESS, events: ['*'], ...more })).body.id as string;

/** Every row of every table as text. */
async function everything(): Promise<string> {
  const tables = await api.sql<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const texts: string[] = [];
  for (const { name } of tables)
    for (const { row } of await api.sql<{ row: string }>(`select t::text as row from ${name} t`)) texts.push(row);
  return texts.join('\n');
}

it('is nowhere in the database in clear', async () => {
  await agency.ask('patch', `/webhooks/${webhookId}`, { url: `${ADDRESS}&more=1` });
  await agency.ask('patch', `/webhooks/${webhookId}`, { url: ADDRESS });
  const rows = await everything();
  expect(rows).toContain(webhookId);
  expect(rows).not.toContain(KEY);
});

it.each(['member', 'admin', 'owner'] as const)('is whole for a %s, and only its host for a viewer', async (role) => {
  const paths: [path: string, ...to: (string | number)[]][] = [
    ['/webhooks', 'data', 0, 'url'],
    [`/webhooks/${webhookId}`, 'url'],
    [`/webhooks/${webhookId}`, 'recent_deliveries', 0, 'webhook', 'url'],
    ['/deliveries', 'data', 0, 'webhook', 'url'],
    [`/deliveries/${delivery.id}`, 'webhook', 'url'],
    ['/failure-groups', 'data', 0, 'webhook', 'url'],
    [`/events/${delivery.eventId}`, 'recipients', 0, 'webhook', 'url'],
  ];
  for (const [path, ...to] of paths) {
    const seen = async (as: 'viewer' | typeof role) => {
      const { body } = await agency.ask('get', path, null, as);
      return to.reduce((value: unknown, key) => (value as Record<string | number, unknown>)[key], body);
    };
    expect({ path, whole: await seen(role), host: await seen('viewer') }).toEqual({ path, whole: ADDRESS, host: HOST });
  }
});

it('is in the audit log before and after a change, with its keys masked', async () => {
  const id = await add();
  await agency.ask('patch', `/webhooks/${id}`, { url: 'https://other.example.org/in', description: 'x' });
  const [entry] = await api.sql(`select details from audit_log where target_id = $1 and action = 'webhook.updated'`, [
    id,
  ]);
  const masked = 'https://hooks.example.org/services/…6789?token=…6789';
  expect(entry).toEqual({
    details: { fields: ['url', 'description'], from: masked, to: 'https://other.example.org/in' },
  });
});

it('that does not decrypt, or headers that do not, fail no list, and can be replaced', async () => {
  const [address, headers] = [await add(), await add({ headers: { 'x-key': 'letmein' } })];
  await api.sql(`update webhooks set url = '\\x026b31' where id = $1`, [address]);
  await api.sql(`update webhooks set headers = '\\x026b31' where id = $1`, [headers]);
  await insertDelivery(api.sql, { agencyId: agency.id, webhookId: address, state: 'failed' });
  const { body } = await agency.ask('get', '/webhooks');
  const shown = new Map((body.data as { id: string }[]).map((row) => [row.id, row]));
  expect(shown.get(address)).toMatchObject({ url: UNREADABLE });
  expect(shown.get(headers)).toMatchObject({ url: ADDRESS, header_names: [] });
  expect((await agency.ask('get', '/deliveries')).body.data[0].webhook.url).toBe(UNREADABLE);
  const repaired = await agency.ask('patch', `/webhooks/${address}`, { url: ADDRESS });
  expect([repaired.status, repaired.body.url]).toEqual([200, ADDRESS]);
});
