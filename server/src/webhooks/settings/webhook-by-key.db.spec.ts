import { expect, it } from '@jest/globals';
import { ServiceDatabase } from '../../database/service-database.js';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { storedWebhooks } from '../../../test/stored-webhooks.js';

const WANTED = {
  url: 'https://hooks.payroll.example/bpoc',
  events: ['application.*', 'offer.accepted'],
  description: 'Payroll sync',
  retry_plan: 'day',
  headers: { 'X-Key': 'one', 'x-b': 'two' },
  pace: { limit: 5, per: 'second' },
  conditions: [{ event: 'offer.accepted', all: [{ field: 'offerId', op: 'is', value: 'o-1' }] }],
};

const api = apiPerFile({ ROLE: 'api', UNDO_SECONDS: '10' });
const agency = agencyPerTest(api);

const { auditOf } = storedWebhooks(() => ({ api, agency }));
const ensure = (body: object = WANTED, key = 'payroll', of = agency) => of.ask('put', `/webhooks/by-key/${key}`, body);
const count = async () => (await agency.ask('get', '/webhooks')).body.data.length as number;

it('adds the webhook once, with its secret; an equal request changes nothing and shows none', async () => {
  const added = await ensure();
  expect(added.status).toBe(201);
  expect(added.headers).toMatchObject({ 'cache-control': 'no-store', etag: '"1"' });
  expect(added.body).toMatchObject({ external_key: 'payroll', secret: expect.stringMatching(/^whsec_/) });
  const again = await ensure({ ...WANTED, headers: { 'x-key': 'one', 'X-B': 'two' }, description: ' Payroll sync ' });
  expect([again.status, again.headers['etag']]).toEqual([200, '"1"']);
  expect(again.body).toEqual({ ...added.body, secret: null });
  expect(await auditOf(added.body.id)).toMatchObject([{ action: 'webhook.created' }]);
});

it('changes what differs, as PATCH does', async () => {
  const { body } = await ensure();
  const moved = await ensure({ url: 'https://new.payroll.example/', events: ['*'], headers: { 'x-key': 'one' } });
  expect([moved.status, moved.headers['etag']]).toEqual([200, '"2"']);
  expect(moved.body).toMatchObject({
    id: body.id,
    url: 'https://new.payroll.example/',
    events: ['*'],
    description: 'Payroll sync',
    header_names: ['x-key'],
    secret: null,
  });
  const [, changed] = await auditOf(body.id);
  expect(changed).toMatchObject({ action: 'webhook.updated' });
  expect((changed!.details as { fields: string[] }).fields.toSorted()).toEqual(['events', 'headers', 'url']);
});

it('compares If-Match, and adds nothing for it', async () => {
  const stale = (etag: string) => ensure({ ...WANTED, description: 'New' }).set('if-match', etag);
  expect((await stale('*')).status).toBe(412);
  expect(await count()).toBe(0);
  await ensure();
  expect([(await stale('"7"')).status, (await stale('"1"')).status]).toEqual([412, 200]);
});

it('keeps a webhook off that is off, and adds a deleted one again', async () => {
  const { body } = await ensure();
  await agency.ask('patch', `/webhooks/${body.id}`, { is_active: false });
  expect((await ensure({ ...WANTED, description: 'x' })).body).toMatchObject({ is_active: false, description: 'x' });
  await agency.ask('delete', `/webhooks/${body.id}`);
  const again = await ensure();
  expect([again.status, again.body.id === body.id]).toEqual([201, false]);
});

it('makes one webhook of ten requests at once, and shows its secret to one', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ensure()));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
  expect(answers.filter(({ body }) => body.secret !== null)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});

it('changes the webhook that is restored just before', async () => {
  const { body } = await ensure();
  await agency.ask('delete', `/webhooks/${body.id}`);
  const waiting = (count: number) =>
    eventually(async () => {
      const waits = await api.sql(`select from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`);
      expect(waits).toHaveLength(count);
    });
  const [restored, ensured] = await api.app.get(ServiceDatabase).transaction(async (manager) => {
    await manager.query('select pg_advisory_xact_lock(hashtext($1))', [`webhooks ${agency.id}`]);
    const first = agency.ask('post', `/webhooks/${body.id}/restore`).then(({ status }) => status);
    await waiting(1);
    const second = ensure().then(({ status }) => status);
    await waiting(2);
    return [first, second];
  });
  expect([await restored, await ensured]).toEqual([200, 200]);
});

it('repeats the secret to the same request with its Idempotency-Key', async () => {
  const first = await ensure().set('idempotency-key', 'k');
  const again = await ensure().set('idempotency-key', 'k');
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect((await ensure({ ...WANTED, events: ['*'] }).set('idempotency-key', 'k')).body.code).toBe(
    'idempotency_conflict',
  );
});

it('is of one agency, and of those who may add webhooks', async () => {
  const other = await api.addAgency();
  const [mine, theirs] = [await ensure(), await ensure(WANTED, 'payroll', other)];
  expect([mine.status, theirs.status, mine.body.id === theirs.body.id]).toEqual([201, 201, false]);
  expect((await agency.ask('put', '/webhooks/by-key/b', WANTED, 'member')).status).toBe(403);
});

it.each([
  [{ ...WANTED, kind: 'slack' }, 'kind'],
  [{ ...WANTED, url: 'http://hooks.payroll.example/' }, 'url'],
  [{ ...WANTED, conditions: [], events: ['nope'] }, 'events.0'],
  [{ ...WANTED, is_active: true }, 'is_active'],
])('refuses %j', async (body, field) => {
  await ensure();
  const answer = await ensure(body);
  expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, field]);
});

it.each(['-a', 'a%2Fb', 'a%20b', 'a'.repeat(129)])('refuses the key %s', async (key) => {
  const answer = await ensure(WANTED, key);
  expect([answer.status, answer.body.errors?.[0].field]).toEqual([400, 'external_key']);
});
