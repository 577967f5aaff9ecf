import { describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { storedWebhooks, URL } from '../../../test/stored-webhooks.js';
import { decryptHeaders } from '../model/webhook-secrets.js';

// Nothing is delivered here: the tests insert deliveries.
const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

const { add, auditOf, deliver, row, stateOf } = storedWebhooks(() => ({ api, agency }));

describe('changing a webhook', () => {
  it('changes the named fields only', async () => {
    const { id } = await add({ headers: { 'x-a': 'one' } });
    const before = await row(id);
    const answer = await agency.ask('patch', `/webhooks/${id}`, { events: ['*'], retry_plan: 'day' });
    expect(answer.status).toBe(200);
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.body).toMatchObject({ url: URL, description: 'Payroll sync', events: ['*'], retry_plan: 'day' });
    expect(answer.body).not.toHaveProperty('secret');
    expect(await row(id)).toEqual({
      ...before,
      events: ['*'],
      retry_plan: 'day',
      version: 2,
      updated_at: expect.any(Date),
    });
    expect(await auditOf(id)).toMatchObject([
      {},
      { action: 'webhook.updated', details: { fields: ['events', 'retry_plan'] } },
    ]);
  });

  it('changes nothing with an empty body', async () => {
    const { id } = await add();
    expect((await agency.ask('patch', `/webhooks/${id}`, {})).headers['etag']).toBe('"1"');
  });

  it('validates as adding does', async () => {
    const { id } = await add();
    for (const body of [{ url: 'https://10.0.0.1/' }, { events: ['nope'] }, { headers: { host: 'x' } }, { id: 'x' }]) {
      expect((await agency.ask('patch', `/webhooks/${id}`, body)).status).toBe(400);
    }
    for (const field of ['url', 'events', 'description', 'retry_plan', 'is_active']) {
      const answer = await agency.ask('patch', `/webhooks/${id}`, { [field]: null });
      expect([field, answer.status]).toEqual([field, 400]);
    }
    expect(await row(id)).toMatchObject({ version: 1 });
  });

  it('drops stored headers when the origin changes, unless they are sent along', async () => {
    const { id } = await add({ url: 'https://hooks.payroll.example/a', headers: { 'x-key': 'stored', 'x-b': 'two' } });
    const change = async (body: object) => {
      const { header_names } = (await agency.ask('patch', `/webhooks/${id}`, body).expect(200)).body;
      const { headers } = await row<{ headers: Buffer | null }>(id);
      const kept = decryptHeaders(api.keyring, { agencyId: agency.id, webhookId: id }, headers);
      expect(Object.keys(kept)).toEqual(header_names);
      return kept;
    };
    const both = { 'x-key': 'stored', 'x-b': 'two' };
    expect(await change({ url: 'https://hooks.payroll.example:443/b?c=d' })).toEqual(both);
    await agency.ask('patch', `/webhooks/${id}`, { url: 'https://10.0.0.1/' }).expect(400);
    expect(await change({ description: 'Payroll' })).toEqual(both);
    const moved = { url: 'https://attacker.example/', headers: { 'X-Key': 'given', 'x-gone': null } };
    expect(await change(moved)).toEqual({ 'X-Key': 'given' });
    expect(await change({ url: 'https://attacker.example:8443/' })).toEqual({});
    const audit = await api.sql<{ fields: string[] }>(
      `select details -> 'fields' as fields from audit_log
       where target_id = $1 and action = 'webhook.updated' order by id`,
      [id],
    );
    const all = [['url'], ['description'], ['headers', 'url'], ['url', 'headers']];
    expect(audit.map(({ fields }) => fields)).toEqual(all);
  });

  it('adds, replaces and removes headers without seeing their values', async () => {
    const { id } = await add({ headers: { 'x-a': 'one', 'x-b': 'two' } });
    const answer = await agency.ask('patch', `/webhooks/${id}`, {
      headers: { 'X-A': 'three', 'x-b': null, 'x-c': 'four' },
    });
    expect(answer.body.header_names).toEqual(['X-A', 'x-c']);
    const { headers } = await row<{ headers: Buffer }>(id);
    const at = { agencyId: agency.id, webhookId: id };
    expect(decryptHeaders(api.keyring, at, headers)).toEqual({ 'X-A': 'three', 'x-c': 'four' });
    const none = await agency.ask('patch', `/webhooks/${id}`, { headers: null });
    expect(none.body.header_names).toEqual([]);
  });

  it('is sent again only after a change', async () => {
    const { id } = await add();
    const read = (ifNoneMatch: string) => agency.ask('get', `/webhooks/${id}`).set('if-none-match', ifNoneMatch);
    const etag = (await agency.ask('get', `/webhooks/${id}`)).headers['etag']!;
    for (const given of [etag, `W/${etag}`, `"1", ${etag}`, '*']) {
      const again = await read(given);
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
    }
    expect((await read('"1"')).status).toBe(200);
    // Its settings are the same, but not its deliveries.
    await deliver(id, 'waiting');
    expect((await read(etag)).status).toBe(200);
    const changed = await agency.ask('patch', `/webhooks/${id}`, { description: 'a' }).set('if-match', etag);
    expect(changed.status).toBe(200);
  });

  it('is refused after a concurrent change', async () => {
    const { id } = await add();
    const { etag } = (await agency.ask('get', `/webhooks/${id}`)).headers;
    const first = await agency.ask('patch', `/webhooks/${id}`, { description: 'a' }).set('if-match', etag!);
    const second = await agency.ask('patch', `/webhooks/${id}`, { description: 'b' }).set('if-match', etag!);
    expect([first.status, second.status, second.body.code]).toEqual([200, 412, 'precondition_failed']);
    expect(await row(id)).toMatchObject({ description: 'a', version: 2 });
  });

  it('loses no change when concurrent', async () => {
    const { id } = await add();
    const changes = Array.from({ length: 8 }, (_, n) =>
      agency.ask('patch', `/webhooks/${id}`, { headers: { [`x-${n}`]: '1' } }),
    );
    await Promise.all(changes);
    const { body, headers } = await agency.ask('get', `/webhooks/${id}`);
    expect(body.header_names.toSorted()).toEqual(Array.from({ length: 8 }, (_, n) => `x-${n}`));
    expect(headers['etag']).toMatch(/^"9-[\w-]+"$/);
  });

  it('shows until when its server asked to wait, and probes it at once when its address changes', async () => {
    const { id } = await add();
    const held_until = new Date(Date.now() + 1_200_000).toISOString();
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, last_attempt_at, last_reason, last_status, held_since,
         held_until, holds)
       values ($1, $2, now(), 'rate_limited', 429, now(), $3, 4)`,
      [id, agency.id, held_until],
    );
    const held = { health: 'slowed_down', held_until };
    expect((await agency.ask('get', `/webhooks/${id}`)).body).toMatchObject(held);
    await agency.ask('patch', `/webhooks/${id}`, { url: `${URL}/right` });
    expect(
      await api.sql('select held_until <= now() as due, holds from webhook_health where webhook_id = $1', [id]),
    ).toEqual([{ due: true, holds: 4 }]);
    // Nothing is to be sent, so nothing is slowed down.
    const over = { health: 'healthy', held_until: null };
    expect((await agency.ask('get', `/webhooks/${id}`)).body).toMatchObject(over);
  });

  it('probes a paused webhook at once when its address changes', async () => {
    const { id } = await add();
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, last_attempt_at, last_reason, paused_at,
         paused_until, pause_count)
       values ($1, $2, 30, now(), 'dns', now(), now() + interval '20 minutes', 9)`,
      [id, agency.id],
    );
    const due = () =>
      api.sql('select paused_until <= now() as due, pause_count from webhook_health where webhook_id = $1', [id]);
    await agency.ask('patch', `/webhooks/${id}`, { description: 'x', url: URL });
    expect(await due()).toEqual([{ due: false, pause_count: 9 }]);
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { url: `${URL}/right` });
    expect(body.health).toBe('paused');
    expect(await due()).toEqual([{ due: true, pause_count: 0 }]);
  });

  it('is for admins', async () => {
    const { id } = await add();
    expect((await agency.ask('patch', `/webhooks/${id}`, { is_active: false }, 'member')).status).toBe(403);
    expect((await agency.ask('delete', `/webhooks/${id}`, null, 'member')).status).toBe(403);
  });
});

describe('switching a webhook', () => {
  it('off skips what is pending, and only that', async () => {
    const { id } = await add();
    const other = await add();
    const [waiting, retrying, delivered] = [
      await deliver(id, 'waiting'),
      await deliver(id, 'retrying'),
      await deliver(id, 'delivered'),
    ];
    const others = await deliver(other.id, 'waiting');
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: false });
    expect(body).toMatchObject({ is_active: false, off_reason: 'person', off_at: expect.any(String), health: 'off' });
    expect(await stateOf(waiting)).toEqual({ state: 'skipped', last_reason: 'webhook_off' });
    expect(await stateOf(retrying)).toEqual({ state: 'skipped', last_reason: 'webhook_off' });
    expect(await stateOf(delivered)).toMatchObject({ state: 'delivered' });
    expect(await stateOf(others)).toMatchObject({ state: 'waiting' });
    expect(await api.sql('select from webhook_queue where webhook_id = $1', [id])).toEqual([]);
  });

  it('off twice keeps the reason', async () => {
    const { id } = await add();
    await api.sql(`update webhooks set is_active = false, off_reason = 'gone', off_at = now() where id = $1`, [id]);
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: false });
    expect(body).toMatchObject({ is_active: false, off_reason: 'gone' });
  });

  it('on resets its health', async () => {
    const { id } = await add();
    await api.sql(
      `update webhooks set is_active = false, off_reason = 'failing_5_days', off_at = now() where id = $1`,
      [id],
    );
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since,
         last_attempt_at, last_reason, paused_at, paused_until, pause_count, held_since, held_until, holds,
         down_attempts, down_since)
       values ($1, $2, 30, 7, now() - interval '5 days', now(), 'down', now(), now(), 9, now(),
         now() + interval '1 hour', 2, 30, now())`,
      [id, agency.id],
    );
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { is_active: true });
    expect(body).toMatchObject({
      is_active: true,
      off_reason: null,
      off_at: null,
      health: 'healthy',
      failures_in_a_row: 0,
      failing_since: null,
      paused_until: null,
      held_until: null,
    });
    expect(
      await api.sql('select holds, down_attempts, closed_until from webhook_health where webhook_id = $1', [id]),
    ).toEqual([{ holds: 0, down_attempts: 0, closed_until: null }]);
  });
});

describe('deleting a webhook', () => {
  it('cancels what is pending, keeps the log, and responds 404 afterwards', async () => {
    const { id } = await add();
    const waiting = await deliver(id, 'waiting');
    const delivered = await deliver(id, 'delivered');
    expect((await agency.ask('delete', `/webhooks/${id}`)).status).toBe(204);
    expect(await stateOf(waiting)).toEqual({ state: 'cancelled', last_reason: 'webhook_deleted' });
    expect((await agency.ask('get', `/webhooks/${id}`)).status).toBe(404);
    expect((await agency.ask('delete', `/webhooks/${id}`)).status).toBe(404);
    expect((await agency.ask('get', '/webhooks')).body.data).toEqual([]);
    const { body } = await agency.ask('get', `/deliveries/${delivered}`);
    expect(body).toMatchObject({ id: delivered, webhook: { id, deleted: true } });
    expect((await auditOf(id)).map(({ action }) => action)).toEqual(['webhook.created', 'webhook.deleted']);
  });
});
