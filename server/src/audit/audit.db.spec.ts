import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../test/api-app.js';
import { addPerson } from '../../test/person.js';
import { uuidv7 } from '../lib/ids.js';
import { Retention } from '../webhooks/engine/housekeeping/retention.js';

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

interface Entry {
  id: string;
  actor: { kind: string; id: string | null; name: string | null };
  action: string;
  target: { kind: string; id: string } | null;
}

const read = async (query = ''): Promise<Entry[]> => {
  const { status, body } = await agency.ask('get', `/audit?limit=200${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.data as Entry[];
};
const actions = async (query: string) => (await read(query)).map(({ action }) => action);
const addWebhook = async (of = agency): Promise<string> =>
  (await of.ask('post', '/webhooks', { url: 'https://hooks.payroll.example/bpoc', events: ['*'] })).body.id;

describe('the audit log', () => {
  it('shows actor, action and target, newest first', async () => {
    const webhookId = await addWebhook();
    await agency.ask('patch', `/webhooks/${webhookId}`, { description: 'Payroll' }, 'owner');
    const [updated, created, ...more] = await read();
    expect(more).toEqual([]);
    expect(updated).toMatchObject({
      actor: { kind: 'key', name: 'owner' },
      action: 'webhook.updated',
      target: { kind: 'webhook', id: webhookId },
      details: { fields: ['description'] },
    });
    expect(created).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'key', id: expect.any(String), name: 'admin' },
      action: 'webhook.created',
      target: { kind: 'webhook', id: webhookId },
      details: { events: ['*'] },
    });
  });

  it('filters by actor, action and target', async () => {
    const person = await addPerson(api, agency.id, 'admin');
    const webhookId = await addWebhook();
    await request(api.app.getHttpServer()).delete(`/api/recruiter/webhooks/${webhookId}`).set('cookie', person.cookie);
    const { body: key } = await agency.ask('post', '/api-keys', { name: 'X', role: 'viewer' });
    const [created] = await read('&action=webhook.created');
    expect(await actions('&actor=user')).toEqual(['webhook.deleted']);
    expect(await actions(`&actor=${person.id}`)).toEqual(['webhook.deleted']);
    expect(await actions(`&actor=${created!.actor.id}`)).toEqual(['key.created', 'webhook.created']);
    expect(await actions('&action=webhook.*')).toEqual(['webhook.deleted', 'webhook.created']);
    expect(await actions('&target=key')).toEqual(['key.created']);
    expect(await actions(`&target=${key.id}`)).toEqual(['key.created']);
    expect(await actions(`&target=${webhookId}&action=webhook.deleted&actor=key`)).toEqual([]);
    expect(await actions('&action=web.*')).toEqual([]);
  });

  it('is paginated without gaps or repeats while new entries are written', async () => {
    for (let n = 0; n < 5; n++) await agency.ask('post', '/api-keys', { name: `${n}`, role: 'viewer' });
    const before = (await read()).map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/audit?limit=2${cursor && `&cursor=${cursor}`}`;
      const { body } = await agency.ask('get', path);
      seen.push(...body.data.map(({ id }: Entry) => id));
      cursor = body.next_cursor;
      await agency.ask('post', '/api-keys', { name: 'meanwhile', role: 'viewer' });
    }
    expect(seen).toEqual(before);
  });

  it('shows nothing of another agency', async () => {
    const other = await api.addAgency();
    const theirs = await addWebhook(other);
    await addWebhook();
    expect(await actions(`&target=${theirs}`)).toEqual([]);
    expect(await read()).toHaveLength(1);
  });

  it('is kept for a year', async () => {
    const year = 365 * 86_400_000;
    for (const ms of [Date.now() - year - 2 * 86_400_000, Date.now() - year + 86_400_000]) {
      await api.sql(
        `insert into audit_log (id, agency_id, at, actor_kind, action) values ($1, $2, $3, 'system', 'webhook.tested')`,
        [uuidv7(ms), agency.id, new Date(ms)],
      );
    }
    expect(await read()).toHaveLength(2);
    await api.app.get(Retention).run();
    expect(await read()).toHaveLength(1);
  });

  it('is for admins', async () => {
    expect((await agency.ask('get', '/audit', null, 'member')).status).toBe(403);
    expect((await agency.ask('get', '/audit', null, 'admin')).status).toBe(200);
  });

  it.each([
    ['action=webhook', 'action'],
    ['actor=%00', 'actor'],
    ['target=%0a', 'target'],
    ['cursor=nonsense', 'cursor'],
    ['limit=0', 'limit'],
    ['from=2026-01-01', 'from'],
  ])('refuses %s, naming %s', async (query, field) => {
    const { status, body } = await agency.ask('get', `/audit?${query}`);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
  });

  it('answers in time when a filter matches none of 100,000 entries', async () => {
    await api.sql(
      `insert into audit_log (id, agency_id, actor_kind, actor_id, action, target_kind, target_id)
       select gen_random_uuid(), $1, 'user', 'x', 'webhook.tested', 'webhook', 'y' from generate_series(1, 100000)`,
      [agency.id],
    );
    await api.sql('analyze audit_log');
    await read();
    const began = performance.now();
    expect(await actions(`&target=${uuidv7()}`)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
