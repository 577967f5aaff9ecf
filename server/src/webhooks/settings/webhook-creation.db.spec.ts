import { describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { decryptHeaders, decryptSecret } from '../model/webhook-secrets.js';

const URL = 'https://hooks.payroll.example/bpoc';
const ADD = { url: URL, events: ['application.*', 'offer.accepted'], description: 'Payroll sync' };

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);

describe('adding a webhook', () => {
  it('responds with the webhook and its secret, once, and stores secret and headers encrypted', async () => {
    const answer = await agency.ask('post', '/webhooks', { ...ADD, headers: { 'X-Key': 'header-value-1' } });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', etag: '"1"' });
    const { secret, ...webhook } = answer.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toMatchObject({
      url: URL,
      description: 'Payroll sync',
      events: ['application.*', 'offer.accepted'],
      is_active: true,
      off_reason: null,
      retry_plan: 'standard',
      header_names: ['X-Key'],
      secret_last4: secret.replace('=', '').slice(-4),
      previous_secret: null,
      secret_switched: true,
      health: 'new',
      failures_in_a_row: 0,
      last_delivery: null,
      last_24h: { delivered: 0, failed: 0, failed_attempts: 0 },
    });
    const got = await agency.ask('get', `/webhooks/${webhook.id}`);
    expect(JSON.stringify(got.body)).not.toContain(secret);
    const [stored] = await api.sql<{ secret: Buffer; headers: Buffer }>(
      'select secret, headers from webhooks where id = $1',
      [webhook.id],
    );
    const at = { agencyId: agency.id, webhookId: webhook.id };
    expect(decryptSecret(api.keyring, at, stored!.secret)).toBe(secret);
    expect(decryptHeaders(api.keyring, at, stored!.headers)).toEqual({ 'X-Key': 'header-value-1' });
    const audited = await api.sql('select action, actor_name from audit_log where target_id = $1', [webhook.id]);
    expect(audited).toEqual([{ action: 'webhook.created', actor_name: 'admin' }]);
  });

  it('is refused beyond 200 per agency, also when concurrent; a deleted one does not count', async () => {
    const other = await api.addAgency();
    await api.sql(
      `insert into webhooks (id, agency_id, url, events, secret, secret_last4, deleted_at)
       select gen_random_uuid(), $1, '\\x00', '{*}', '\\x00', 'abcd', case when n > 197 then now() end
       from generate_series(1, 199) n`,
      [agency.id],
    );
    const { id } = (await agency.ask('post', '/webhooks', ADD)).body;
    const answers = await Promise.all(Array.from({ length: 6 }, () => agency.ask('post', '/webhooks', ADD)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('too_many_webhooks');
    expect((await other.ask('post', '/webhooks', ADD)).status).toBe(201);
    await agency.ask('delete', `/webhooks/${id}`);
    expect((await agency.ask('post', '/webhooks', ADD)).status).toBe(201);
  });

  it('drops duplicate events', async () => {
    const { body } = await agency.ask('post', '/webhooks', { ...ADD, events: ['offer.*', 'offer.sent', 'offer.*'] });
    expect(body.events).toEqual(['offer.*', 'offer.sent']);
  });

  it('reports all problems by field', async () => {
    const { status, body } = await agency.ask('post', '/webhooks', {
      url: 'http://hooks.payroll.example/',
      events: ['offer.sent', 'offer.snt'],
      headers: { Host: 'x', 'x-a': 'a\r\nb' },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'validation_failed',
      errors: [
        {
          field: 'url',
          code: 'not_https',
          message: 'Use an address that starts with https:// so the data is safe.',
        },
        { field: 'events.1', code: 'unknown_event_type' },
        { field: 'headers.Host', code: 'reserved_name' },
        { field: 'headers.x-a', code: 'bad_value' },
      ],
    });
  });

  it.each([
    [{}, 'events'],
    [{ events: ['*'] }, 'url'],
    [{ ...ADD, url: 7 }, 'url'],
    [{ ...ADD, url: null }, 'url'],
    [{ ...ADD, url: '' }, 'url'],
    [{ ...ADD, events: [] }, 'events'],
    [{ ...ADD, events: 'offer.sent' }, 'events'],
    [{ ...ADD, events: [7] }, 'events'],
    [{ ...ADD, description: 'two\nlines' }, 'description'],
    [{ ...ADD, description: 'nul\u0000' }, 'description'],
    [{ ...ADD, description: 'x'.repeat(201) }, 'description'],
    [{ ...ADD, retry_plan: 'weekly' }, 'retry_plan'],
    [{ ...ADD, description: 'Pay\u202eroll' }, 'description'],
    [{ ...ADD, description: null }, 'description'],
    [{ ...ADD, retry_plan: null }, 'retry_plan'],
    [{ ...ADD, headers: null }, 'headers'],
    [{ ...ADD, headers: ['a'] }, 'headers'],
    [{ ...ADD, headers: { 'x-a': 7 } }, 'headers.x-a'],
    [{ ...ADD, secret: 'mine' }, 'secret'],
    [{ ...ADD, is_active: false }, 'is_active'],
    [{ ...ADD, constructor: 1 }, 'constructor'],
    [{ ...ADD, headers: { constructor: 'x' } }, 'headers.constructor'],
  ])('refuses %j, naming %s', async (body, field) => {
    const answer = await agency.ask('post', '/webhooks', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].field).toBe(field);
    if (answer.body.errors.length === 1) expect(answer.body.detail).toContain(field);
  });

  it.each(['toString', 'hasownproperty', 'valueOf'])('keeps a header called %s', async (name) => {
    const { status, body } = await agency.ask('post', '/webhooks', { ...ADD, headers: { [name]: 'x', 'x-a': 'y' } });
    expect([status, body.header_names?.toSorted()]).toEqual([201, [name, 'x-a'].toSorted()]);
  });

  it.each([[[]], [[ADD]], ['null']])('refuses a body that is not an object: %j', async (body) => {
    const asked = agency.ask('post', '/webhooks').set('content-type', 'application/json');
    const answer = await asked.send(typeof body === 'string' ? body : JSON.stringify(body));
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });

  it('is for admins', async () => {
    expect((await agency.ask('post', '/webhooks', ADD, 'member')).status).toBe(403);
  });
});

describe('adding a webhook with an Idempotency-Key', () => {
  const ask = (key: string, body: object = ADD) => agency.ask('post', '/webhooks', body).set('idempotency-key', key);
  const count = async () => (await api.sql('select id from webhooks where agency_id = $1', [agency.id])).length;

  it('twice makes one webhook with the same response, secret included', async () => {
    const first = await ask('k');
    const second = await ask('k');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers['etag']).toBe(first.headers['etag']);
    expect(await count()).toBe(1);
  });

  it('ten times concurrently makes one webhook', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('k')));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.secret}`)).size).toBe(1);
    expect(await count()).toBe(1);
  });

  it('stores the response encrypted', async () => {
    const { body } = await ask('k');
    const [kept] = await api.sql<{ result: string }>('select result from idempotency_keys where agency_id = $1', [
      agency.id,
    ]);
    expect(kept!.result).not.toBe('');
    expect(kept!.result + Buffer.from(kept!.result, 'base64').toString()).not.toContain(body.secret);
  });

  it('answers 409 to another request with the key', async () => {
    await ask('k');
    const answer = await ask('k', { ...ADD, url: `${URL}/other` });
    expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_conflict']);
    expect(await count()).toBe(1);
  });

  it('is refused when the encryption key of the first response was removed', async () => {
    await ask('encrypted');
    // The key id starts at the second byte; k9 is not in the keyring.
    const gone = `update idempotency_keys
      set result = encode(overlay(decode(result, 'base64') placing 'k9' from 2), 'base64') where agency_id = $1`;
    await api.sql(gone, [agency.id]);
    const answer = await ask('encrypted');
    expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_conflict']);
    expect((await agency.ask('get', '/webhooks')).body.data).toHaveLength(1);
  });

  it('answers 409 after 10 minutes, without the secret', async () => {
    const { body } = await ask('k');
    await api.sql(`update idempotency_keys set created_at = now() - interval '11 minutes' where agency_id = $1`, [
      agency.id,
    ]);
    const answer = await ask('k');
    expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_conflict']);
    expect(JSON.stringify(answer.body)).not.toContain(body.secret);
  });

  it('is scoped to the caller', async () => {
    const first = await ask('k');
    const second = await agency.ask('post', '/webhooks', ADD, 'owner').set('idempotency-key', 'k');
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('can be reused after a refusal', async () => {
    expect((await ask('k', { ...ADD, url: 'nonsense' })).status).toBe(400);
    expect((await ask('k')).status).toBe(201);
  });

  it('refuses a key that is too long', async () => {
    expect((await ask('k'.repeat(129))).body.errors[0].field).toBe('Idempotency-Key');
  });
});
