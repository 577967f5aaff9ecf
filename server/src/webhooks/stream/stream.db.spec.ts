import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Agency, apiPerFile } from '../../../test/api-app.js';
import { EventStream } from '../../../test/event-stream.js';
import { eventually } from '../../../test/eventually.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { addPerson } from '../../../test/person.js';
import { receiverPerFile } from '../../../test/receiver.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { ApiKeys } from '../../auth/keys/api-keys.service.js';
import { ROLES, type Role } from '../../auth/role.js';
import { Pulse } from '../../health/pulse.js';
import { ListenerStreams } from '../listeners/listener-streams.js';
import { Changes } from '../engine/changes.js';
import { RecoveryRunner } from '../recoveries/recovery-runner.js';
import { Streams, STREAMS_PER_AGENCY } from './streams.service.js';

const api = apiPerFile({ DELAY_SCALE: '0.001' });
let origin: string;
const receiver = receiverPerFile();
const open: EventStream[] = [];

beforeAll(async () => {
  origin = await api.app.getUrl();
});
afterEach(() => open.splice(0).forEach((stream) => stream.close()));

interface Tenant {
  agency: Agency;
  webhookId: string;
  keys: Record<Role, string>;
  watch: (headers?: Record<string, string>, role?: Role) => Promise<EventStream>;
}

async function addTenant(): Promise<Tenant> {
  const agency = await api.addAgency();
  const keys = {} as Record<Role, string>;
  for (const role of ROLES) {
    const about = { agencyId: agency.id, role, name: role, createdBy: 'test' };
    keys[role] = await api.app
      .get(ServiceDatabase)
      .transaction(async (manager) => (await api.app.get(ApiKeys).issueKey(manager, about)).token);
  }
  const { body } = await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] });
  const watch: Tenant['watch'] = (headers = {}, role = 'viewer') =>
    openStream({ authorization: `Bearer ${keys[role]}`, ...headers });
  return { agency, webhookId: body.id as string, keys, watch };
}

async function openStream(headers: Record<string, string>): Promise<EventStream> {
  const stream = await EventStream.open(origin, headers);
  open.push(stream);
  if (stream.status === 200) await eventually(() => expect(stream.of('heartbeat').length).toBeGreaterThan(0));
  return stream;
}

const sendTest = ({ agency, webhookId }: Tenant) => agency.ask('post', `/webhooks/${webhookId}/test`, {});

describe('the stream', () => {
  it('begins with a heartbeat and a reconnection time, and is not buffered by proxies', async () => {
    const { watch } = await addTenant();
    const stream = await watch();
    expect(stream.events[0]).toMatchObject({ type: 'heartbeat', retry: '3000', data: {} });
    expect(stream.events[0]!.id).toMatch(/^[0-9a-f]{12}-\d+$/);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('cache-control')).toContain('no-store');
    expect(stream.of('reset')).toEqual([]);
    api.app.get(Streams).heartbeat();
    await eventually(() => expect(stream.of('heartbeat')).toHaveLength(2));
  });

  it('shows a new delivery', async () => {
    const tenant = await addTenant();
    const stream = await tenant.watch();
    const { body } = await sendTest(tenant);
    await eventually(() =>
      expect(stream.last('delivery', body.delivery_id)).toEqual({
        id: body.delivery_id,
        webhook_id: tenant.webhookId,
        event: 'webhook.test',
        test: true,
        status: 'delivered',
        attempts: 1,
        response_status: 200,
        reason: 'ok',
        duration_ms: expect.any(Number),
        next_attempt_at: null,
      }),
    );
  });

  it('shows a webhook that is changed, switched off and deleted', async () => {
    const { agency, webhookId, watch } = await addTenant();
    const stream = await watch();
    await agency.ask('patch', `/webhooks/${webhookId}`, { is_active: false });
    await eventually(() =>
      expect(stream.last('webhook', webhookId)).toEqual({
        id: webhookId,
        health: 'off',
        failures_in_a_row: 0,
        is_active: false,
        paused_until: null,
        held_until: null,
        off_reason: 'person',
        counts_24h: { delivered: 0, failed: 0, failed_attempts: 0, left_out: 0 },
      }),
    );
    await agency.ask('delete', `/webhooks/${webhookId}`);
    await eventually(() => expect(stream.last('webhook', webhookId)).toEqual({ id: webhookId, deleted: true }));
  });

  it('sends the counts of a day, at once and after changes', async () => {
    const tenant = await addTenant();
    const { id: agencyId } = tenant.agency;
    const at = { agencyId, webhookId: tenant.webhookId };
    await insertDelivery(api.sql, { ...at, state: 'failed' });
    const stream = await tenant.watch();
    await eventually(() => expect(stream.of('counts')).toHaveLength(1));
    const none = { count: 0, capped: false };
    const one = { count: 1, capped: false };
    expect(stream.last('counts')).toEqual({
      all: one,
      failed: one,
      delivered: none,
      retrying: none,
      waiting: none,
      skipped: none,
      cancelled: none,
    });
    const { id } = await insertDelivery(api.sql, { ...at, state: 'delivered' });
    api.app.get(Changes).delivery(agencyId, id);
    await eventually(() => expect(stream.last('delivery', id)).toBeDefined());
    await api.app.get(Streams).count();
    await eventually(() => expect(stream.last('counts')).toMatchObject({ all: { count: 2 }, delivered: one }));
    const received = stream.of('counts').length;
    await api.app.get(Streams).count();
    await sendTest(tenant);
    await api.app.get(Streams).count();
    api.app.get(Streams).heartbeat();
    await eventually(() => expect(stream.of('heartbeat')).toHaveLength(2));
    expect(stream.of('counts')).toHaveLength(received);
  });

  it('shows recoveries to roles that may run them', async () => {
    const tenant = await addTenant();
    const { agency, webhookId } = tenant;
    await insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed' });
    const [viewer, admin] = [await tenant.watch(), await tenant.watch({}, 'admin')];
    const { body: plan } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
    await agency.ask('post', '/recoveries', { plan_id: plan.plan_id });
    await api.app.get(RecoveryRunner).round();
    const { body: recovery } = await agency.ask('get', `/recoveries/${plan.plan_id}`);
    await eventually(() => expect(admin.last('recovery', plan.plan_id)).toMatchObject({ status: 'done', resent: 1 }));
    expect(Object.keys(admin.last('recovery', plan.plan_id)!)).toEqual(Object.keys(recovery));
    api.app.get(Streams).heartbeat();
    await eventually(() => expect(viewer.of('heartbeat')).toHaveLength(2));
    expect(viewer.of('recovery')).toEqual([]);
  });

  it('shows nothing to another agency, whatever a notification contains', async () => {
    const [mine, theirs] = [await addTenant(), await addTenant()];
    const [stream, other] = [await mine.watch(), await theirs.watch()];
    const { id } = await insertDelivery(api.sql, {
      agencyId: theirs.agency.id,
      webhookId: theirs.webhookId,
      state: 'failed',
    });
    api.app.get(Changes).delivery(theirs.agency.id, id);
    // A forged notification: only its ids are used, with the rights of the agency.
    api.app.get(Changes).delivery(mine.agency.id, id);
    const { body } = await sendTest(mine);
    await eventually(() => expect(other.last('delivery', id)).toBeDefined());
    await eventually(() => expect(stream.last('delivery', body.delivery_id)).toBeDefined());
    expect(stream.last('delivery', id)).toBeUndefined();
    expect(other.last('delivery', body.delivery_id)).toBeUndefined();
  });
});

describe('many changes at once', () => {
  it('come in bursts, each row once', async () => {
    const { agency, webhookId, watch } = await addTenant();
    const ids = [];
    for (let n = 0; n < 20; n++)
      ids.push((await insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed' })).id);
    const stream = await watch();
    const changes = api.app.get(Changes);
    for (let round = 0; round < 50; round++) for (const id of ids) changes.delivery(agency.id, id);
    await eventually(() => expect(new Set(stream.of('delivery').map(({ data }) => data['id'])).size).toBe(20));
    expect(stream.of('delivery').length).toBeLessThanOrEqual(40);
  });

  it('become one reset when there are too many, not a flood of resets', async () => {
    const { agency, webhookId, watch } = await addTenant();
    const { id } = await insertDelivery(api.sql, { agencyId: agency.id, webhookId, state: 'failed' });
    const stream = await watch();
    const changes = api.app.get(Changes);
    const flood = setInterval(() => {
      for (let n = 0; n < 200; n++) changes.delivery(agency.id, `${id.slice(0, 33)}${String(n).padStart(3, '0')}`);
    }, 20);
    await eventually(() => expect(stream.of('reset').length).toBeGreaterThan(0));
    const begun = performance.now();
    await eventually(() => expect(stream.of('reset').length).toBeGreaterThan(1));
    clearInterval(flood);
    expect(performance.now() - begun).toBeGreaterThan(1_500);
  });
});

describe('a client that reconnects', () => {
  it('gets a reset, unless nothing was missed', async () => {
    const tenant = await addTenant();
    const [first, second] = [await tenant.watch(), await tenant.watch()];
    await eventually(() => expect(first.of('counts')).toHaveLength(1));
    first.close();
    const counted = (stream: EventStream) => eventually(() => expect(stream.of('counts').length).toBeGreaterThan(0));
    // Something of the tenant's making may still be on its way, and is missed then.
    let { lastId } = first;
    await eventually(async () => {
      ({ lastId } = second);
      const current = await tenant.watch({ 'last-event-id': lastId });
      await counted(current);
      expect(current.of('reset')).toEqual([]);
    });
    const foreign = await tenant.watch({ 'last-event-id': '0123456789ab-7' });
    const { body } = await sendTest(tenant);
    await eventually(() => expect(second.last('delivery', body.delivery_id)).toBeDefined());
    const stale = await tenant.watch({ 'last-event-id': lastId });
    for (const stream of [foreign, stale]) {
      await counted(stream);
      expect(stream.of('reset')).toHaveLength(1);
    }
  });

  it('gets a reset when something changed while no stream was open', async () => {
    const tenant = await addTenant();
    const first = await tenant.watch();
    await eventually(() => expect(first.of('counts')).toHaveLength(1));
    first.close();
    await eventually(() => expect(first.ended).toBe(true));
    const other = await addTenant();
    const elsewhere = await other.watch();
    await sendTest(tenant);
    // Notified after the first one, over the same connection.
    const { body } = await sendTest(other);
    await eventually(() => expect(elsewhere.last('delivery', body.delivery_id)).toBeDefined());
    const again = await tenant.watch({ 'last-event-id': first.lastId });
    await eventually(() => expect(again.of('counts').length).toBeGreaterThan(0));
    expect(again.of('reset')).toHaveLength(1);
  });

  it('gets a reset after the connection to the database was lost', async () => {
    const stream = await (await addTenant()).watch();
    await api.sql(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'bpoc_listen'`);
    await eventually(() => expect(stream.of('reset')).toHaveLength(1));
    expect(stream.ended).toBe(false);
  });
});

describe('a caller that has signed out or lost access', () => {
  it('sees the stream end', async () => {
    const { agency, keys, watch } = await addTenant();
    const person = await addPerson(api, agency.id, 'viewer');
    const gone = await addPerson(api, agency.id, 'viewer');
    const [kept, byKey] = [await watch(), await openStream({ authorization: `Bearer ${keys.member}` })];
    const [signedOut, removed] = [
      await openStream({ cookie: person.cookie }),
      await openStream({ cookie: gone.cookie }),
    ];
    await api.app.get(Streams).check();
    expect([kept, byKey, signedOut, removed].map(({ ended }) => ended)).toEqual([false, false, false, false]);

    await api.sql('delete from sessions where user_id = $1', [person.id]);
    await agency.ask('delete', `/members/${gone.id}`, null, 'owner');
    await api.sql(`update api_keys set expires_at = now() where agency_id = $1 and name = 'member'`, [agency.id]);
    api.app.get(ApiKeys).forgetVerified();
    await api.app.get(Streams).check();
    await eventually(() => expect([byKey, signedOut, removed].map(({ ended }) => ended)).toEqual([true, true, true]));
    expect(kept.ended).toBe(false);
  });
});

describe('a stream that may not be opened', () => {
  it('is refused like any other request, ignoring a token in the address', async () => {
    const { keys } = await addTenant();
    expect(await openStream({})).toMatchObject({ status: 401, problem: { code: 'unauthenticated' } });
    const path = `/api/recruiter/stream?access_token=${keys.owner}&token=${keys.owner}`;
    expect(await EventStream.open(origin, {}, path)).toMatchObject({ status: 401 });
  });

  it('is refused beyond the limit of the agency; ended streams do not count', async () => {
    const { watch } = await addTenant();
    const streams = await Promise.all(Array.from({ length: STREAMS_PER_AGENCY }, () => watch()));
    const refused = await watch();
    expect(refused).toMatchObject({ status: 429, problem: { code: 'too_many_requests' } });
    expect(refused.problem['detail']).toContain(`${STREAMS_PER_AGENCY} open streams`);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect((await (await addTenant()).watch()).status).toBe(200);
    streams[0]!.close();
    await eventually(async () => expect((await watch()).status).toBe(200));
  });
});

describe('the stream of a listener', () => {
  const listen = async () => {
    const { agency, keys } = await addTenant();
    const { body } = await agency.ask('post', '/listeners', { url: 'http://localhost:3000/' });
    const path = `/api/recruiter/listeners/${body.id}/stream`;
    const stream = await EventStream.open(origin, { authorization: `Bearer ${keys.owner}` }, path);
    open.push(stream);
    // It is open when its deliveries may be claimed.
    await eventually(async () =>
      expect(
        await api.sql('select from webhook_health where webhook_id = $1 and unheard_until is null', [body.id]),
      ).toHaveLength(1),
    );
    return { stream, set: (sql: string) => api.sql(`update listeners set ${sql} where webhook_id = $1`, [body.id]) };
  };
  const ended = (stream: EventStream) =>
    eventually(() => expect([stream.of('end').map(({ data }) => data), stream.ended]).toEqual([[SESSION_ENDED], true]));
  const SESSION_ENDED = { reason: 'session_ended' };

  it('is told when its session ends because it was not seen', async () => {
    const { stream, set } = await listen();
    await set(`seen_at = now() - interval '5 minutes'`);
    for (let beat = 0; beat < 10; beat++) await api.app.get(Pulse).tick();
    await ended(stream);
  });

  it('ends with the next heartbeat when the notification was lost', async () => {
    const { stream, set } = await listen();
    await set('stream = null');
    await api.app.get(ListenerStreams).heartbeat();
    await ended(stream);
  });
});
