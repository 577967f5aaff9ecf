import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiPerFile } from '../../test/api-app.js';
import { apiRoutes, ask, type Route } from '../../test/api-routes.js';
import { keepStored } from '../../test/fuzz/stored.js';
import { insertDelivery } from '../../test/insert-delivery.js';
import { LONG } from '../../test/long.js';
import { addPerson } from '../../test/person.js';
import { receiverPerFile } from '../../test/receiver.js';

/* No agency sees, changes or learns anything of another, on any route. */

afterAll(async () => {
  // Connections of requests that were aborted before they were sent; before the application is closed.
  api.app.getHttpServer().closeAllConnections();
});
const api = apiPerFile({ ROLE: 'api' });
let origin: string;
let routes: Route[];
const receiver = receiverPerFile();

beforeAll(async () => {
  origin = await api.app.getUrl();
  routes = apiRoutes(api.app).filter(({ path }) => path.startsWith('/api/recruiter/'));
});

interface Tenant {
  agencyId: string;
  /** Of an owner. */
  headers: Record<string, string>;
  /** An id of the agency for each collection of the API: `/api/recruiter/<collection>/{id}`. */
  ids: Record<string, string>;
}

async function addTenant(): Promise<Tenant> {
  const agency = await api.addAgency();
  const agencyId = agency.id;
  const { cookie } = await addPerson(api, agencyId, 'owner');
  const member = await addPerson(api, agencyId, 'viewer');
  const asked = { url: receiver.url, events: ['*'], description: `marker-${agencyId}` };
  const webhookId: string = (await agency.ask('post', '/webhooks', asked)).body.id;
  const { id, eventId } = await insertDelivery(api.sql, {
    agencyId,
    webhookId,
    state: 'retrying',
    references: [['candidate', 'shared-candidate']],
  });
  await api.sql(
    `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, last_attempt_at, last_reason)
     values ($1, $2, 6, now(), now(), 'timeout')`,
    [webhookId, agencyId],
  );
  const { body: planned } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
  await api.sql('update recoveries set delivery_ids = $2, position = 1 where id = $1', [planned.plan_id, [id]]);
  const { body: key } = await agency.ask('post', '/api-keys', { name: 'X', role: 'viewer' });
  const { body: inbox } = await agency.ask('post', '/inboxes');
  await fetch(`${origin}${new URL(inbox.url).pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const { body: listener } = await agency.ask('post', '/listeners', { url: 'http://localhost:3000/' });
  // Its stream would not end.
  await agency.ask('delete', `/listeners/${listener.id}`);
  const { body: arrived } = await agency.ask('get', `/inboxes/${inbox.id}/messages`);
  const { body: link } = await agency.ask('post', `/webhooks/${webhookId}/handover`, {});
  await api.sql(
    `insert into webhook_recipients (id, agency_id, webhook_id, email, state)
     values (gen_random_uuid(), $1, $2, 'ann@recruiting.example', 'confirmed')`,
    [agencyId, webhookId],
  );
  const ids = {
    links: link.id,
    webhooks: webhookId,
    problems: webhookId,
    deliveries: id,
    events: eventId,
    'api-keys': key.id,
    members: member.id,
    recoveries: planned.plan_id,
    inboxes: inbox.id,
    listeners: listener.id,
    messages: arrived.data[0].id,
  };
  return { agencyId, headers: { cookie }, ids };
}

const collectionOf = (path: string) => path.split('/')[3]!;
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const withId = (route: Route, ids: Record<string, string>) => {
  const id = ids[collectionOf(route.path)];
  if (id === undefined) throw new Error(`${nameOf(route)}: addTenant() lays nothing out for this collection`);
  return {
    ...route,
    path: route.path.replace('{id}', id).replace('{message}', ids['messages']!).replace('{link}', ids['links']!),
  };
};

describe('another agency’s id', () => {
  it('is 404 on every route, and found by its own agency', async () => {
    // A key names a webhook of the caller alone: webhook-by-key.db.spec.ts.
    const withIds = routes.filter(({ path }) => path.includes('{') && !path.includes('{external_key}'));
    expect(withIds.length).toBeGreaterThanOrEqual(15);
    const [stranger, owner] = [await addTenant(), await addTenant()];
    const restore = await keepStored(api.sql);
    for (const route of withIds) {
      const asked = withId(route, owner.ids);
      expect(asked.path).not.toContain('{');
      const refused = await ask(origin, asked, stranger.headers);
      expect([nameOf(route), refused.status]).toEqual([nameOf(route), 404]);
      expect(JSON.parse(refused.text)).toMatchObject({ code: 'not_found' });
      const own = await ask(origin, asked, owner.headers);
      expect([nameOf(route), own.status, own.status === 404 || own.status === 400 || own.status >= 500]).toEqual([
        nameOf(route),
        own.status,
        false,
      ]);
      // What a route changes or deletes would be missing for the next.
      if (route.method !== 'GET') await restore();
    }
  });

  it('is in no list and finds nothing as a filter', async () => {
    const [mine, theirs] = [await addTenant(), await addTenant()];
    const lists = routes.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    expect(lists.length).toBeGreaterThan(7);
    const foreign = [theirs.agencyId, ...Object.values(theirs.ids)];
    for (const route of lists) {
      const { status, text } = await ask(origin, route, mine.headers);
      expect([nameOf(route), status, foreign.filter((id) => text.includes(id))]).toEqual([nameOf(route), 200, []]);
      for (const filter of route.idFilters) {
        const filtered = (ids: Record<string, string>) =>
          ask(
            origin,
            { ...route, path: `${route.path}?${filter}=${ids[filter.replace(/y_id$/, 'ies').replace(/_id$/, 's')]}` },
            mine.headers,
          );
        const [none, some] = [await filtered(theirs.ids), await filtered(mine.ids)];
        expect([
          nameOf(route),
          none.status,
          /[1-9]\d* *,|"id"/.test(none.text.replace(/"(from|to)":"[^"]*"/g, '')),
        ]).toEqual([nameOf(route), 200, false]);
        expect([nameOf(route), some.status, some.text === none.text]).toEqual([nameOf(route), 200, false]);
      }
    }
    for (const collection of ['webhooks', 'deliveries', 'events', 'api-keys', 'members']) {
      const { text } = await ask(
        origin,
        { method: 'GET', path: `/api/recruiter/${collection}`, body: null },
        mine.headers,
      );
      expect([collection, text.includes(mine.ids[collection]!)]).toEqual([collection, true]);
    }
  });
});

const REQUESTS = LONG ? 2_000 : 300;

describe(`${REQUESTS} requests of many agencies at once, with failures at random`, () => {
  const AT_ONCE = 40;

  it('show no agency a row of another, and write nothing into another', async () => {
    const tenants = await Promise.all(Array.from({ length: LONG ? 8 : 4 }, addTenant));
    const ownerOf = new Map(
      tenants.flatMap(({ agencyId, ids }) => [agencyId, ...Object.values(ids)].map((id) => [id, agencyId] as const)),
    );
    const statuses: Record<string, number> = {};
    const foreign: string[] = [];
    let own = 0;
    const pick = <T>(of: readonly T[]): T => of[randomInt(of.length)]!;
    const one = async (): Promise<void> => {
      const [tenant, other] = [pick(tenants), pick(tenants)];
      const whole = { ...pick(KINDS)(tenant, other), headers: tenant.headers };
      const outcome = await send(whole).catch((error: Error) => ({ status: error.name, text: '' }));
      statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
      for (const [id] of outcome.text.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) {
        const agencyId = ownerOf.get(id);
        if (agencyId === tenant.agencyId) own++;
        else if (agencyId !== undefined) foreign.push(`${whole.method} ${whole.path}: ${id}`);
      }
    };
    let left = REQUESTS;
    const worker = async () => {
      while (left-- > 0) {
        if (left % 100 === 0) await killATenantConnection();
        await one();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));

    expect(foreign).toEqual([]);
    expect(own).toBeGreaterThan(REQUESTS / 2);
    // Requests succeeded, and failed in all the expected ways.
    for (const status of ['200', '201', '404', '400', 'AbortError'])
      expect({ status, statuses, enough: statuses[status]! > REQUESTS / 100 }).toMatchObject({ enough: true });
    const misplaced = await api.sql(
      `select w.id from webhooks w where w.description like 'marker-%' and w.description <> 'marker-' || w.agency_id
       union all
       select a.id from audit_log a join webhooks w on w.id::text = a.target_id where w.agency_id <> a.agency_id`,
    );
    expect(misplaced).toEqual([]);
    const [made] = await api.sql<{ webhooks: number }>(
      `select count(*)::int as webhooks from webhooks where agency_id = any($1)`,
      [tenants.map(({ agencyId }) => agencyId)],
    );
    expect(made!.webhooks).toBeGreaterThan(tenants.length + REQUESTS / 30);
  });

  type Kind = (tenant: Tenant, other: Tenant) => Pick<Route, 'method' | 'path' | 'body'> & { abortAfterMs?: number };
  const get = (path: string) => ({ method: 'GET' as const, path: `/api/recruiter${path}`, body: null });
  const add = ({ agencyId }: Tenant) => ({
    method: 'POST' as const,
    path: '/api/recruiter/webhooks',
    body: { url: receiver.url, events: ['*'], description: `marker-${agencyId}` },
  });
  const KINDS: Kind[] = [
    () => get('/webhooks'),
    () => get('/deliveries?reference=shared-candidate'),
    () => get('/events'),
    () => get('/members'),
    () => get('/audit?limit=20'),
    () => get('/failure-groups'),
    ({ ids }) => get(`/webhooks/${ids['webhooks']}`),
    ({ ids }) => get(`/deliveries/${ids['deliveries']}`),
    ({ ids }) => get(`/events/${ids['events']}`),
    (_tenant, { ids }) => get(`/webhooks/${ids['webhooks']}`),
    (_tenant, { ids }) => get(`/deliveries/${ids['deliveries']}/content`),
    (_tenant, { ids }) => get(`/deliveries?webhook_id=${ids['webhooks']}`),
    (_tenant, { ids }) => ({
      method: 'PATCH',
      path: `/api/recruiter/webhooks/${ids['webhooks']}`,
      body: { description: `marker-${_tenant.agencyId}` },
    }),
    add,
    (tenant) => ({ ...add(tenant), body: { url: 'nonsense', events: [] } }),
    (tenant) => ({ ...add(tenant), abortAfterMs: randomInt(15) }),
    ({ ids }) => ({ ...get(`/webhooks/${ids['webhooks']}`), abortAfterMs: randomInt(15) }),
  ];

  async function send(asked: ReturnType<Kind> & { headers: Record<string, string> }) {
    const { abortAfterMs, headers, ...route } = asked;
    if (abortAfterMs === undefined) return ask(origin, route, headers);
    const { method, path, body } = route;
    const type: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), abortAfterMs);
    try {
      const text = body === null ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(origin + path, {
        method,
        ...text,
        headers: { ...headers, ...type },
        signal: abort.signal,
      });
      return { status: answer.status, text: await answer.text() };
    } finally {
      clearTimeout(timer);
    }
  }

  /** As in a failover, in the middle of a transaction. */
  async function killATenantConnection(): Promise<void> {
    await api.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
         and query not like '%pg_stat_activity%'
       order by state = 'idle', md5(pid || $1) limit 1`,
      [randomUUID()],
    );
  }
});
