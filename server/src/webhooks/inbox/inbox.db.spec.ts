import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { exampleData, findEvent } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Retention } from '../engine/housekeeping/retention.js';
import { signingKeys, simpleSignature } from '../engine/send/message-headers.js';

const PUBLIC_URL = 'https://webhooks.bpoc.example';
let api: ApiApp;
let agency: Agency;

beforeAll(async () => {
  // No DNS, no internet: messages reach an inbox through the server's own listener.
  api = await startApiApp({ PUBLIC_URL, ALLOWED_PRIVATE_CIDRS: '', DNS_SERVERS: '127.0.0.1:9' });
});
afterAll(() => api?.close());
beforeEach(async () => {
  agency = await api.addAgency();
});

interface Inbox {
  id: string;
  url: string;
}
interface Message {
  headers: Record<string, string>;
  body: string;
  signature: string;
}
const makeInbox = async (): Promise<Inbox> => (await agency.ask('post', '/inboxes').expect(201)).body;
const addWebhook = async (url: string, more: object = {}): Promise<{ id: string; inbox_id: string; secret: string }> =>
  (await agency.ask('post', '/webhooks', { url, events: ['*'], ...more }).expect(201)).body;
const messagesOf = async ({ id }: Inbox) =>
  (await agency.ask('get', `/inboxes/${id}/messages`, null, 'member').expect(200)).body.data as Message[];
const send = (url: string, body: string | object = '{}', headers: Record<string, string> = {}) =>
  request(api.app.getHttpServer())
    .post(new URL(url).pathname)
    .set({ 'content-type': 'application/json', ...headers })
    .send(body);
const publish = () =>
  api.app
    .get(DomainEvents)
    .publish({ type: 'offer.sent', agencyId: agency.id, data: exampleData(findEvent('offer.sent')!) });

describe('a webhook at a test inbox', () => {
  it('gets a test on the server’s own listener, whatever its public address, with a valid signature', async () => {
    const inbox = await makeInbox();
    expect(inbox.url).toMatch(/^https:\/\/webhooks\.bpoc\.example\/inbox\/[\w-]{43}$/);
    const webhook = await addWebhook(inbox.url, { headers: { authorization: 'Bearer my-own-password' } });
    expect(webhook.inbox_id).toBe(inbox.id);
    const { body: test } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {});
    expect(test).toMatchObject({
      status: 'delivered',
      attempt: { response_status: 200, response_body: '{"received":true}' },
    });
    const [message, ...more] = await messagesOf(inbox);
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      method: 'POST',
      event: 'webhook.test',
      body: test.body,
      size: Buffer.byteLength(test.body),
      signature: 'valid',
      webhook_id: webhook.id,
      delivery_id: test.delivery_id,
      headers: { host: 'webhooks.bpoc.example', 'x-webhook-test': 'true', authorization: '…word' },
    });
    expect(JSON.stringify(message)).not.toContain('my-own-password');
  });

  it('gets each real event once, and messages never become events', async () => {
    const inbox = await makeInbox();
    await addWebhook(inbox.url);
    await publish();
    const messages = await eventually(async () => {
      const found = await messagesOf(inbox);
      expect(found.length).toBe(1);
      return found;
    });
    expect(messages[0]).toMatchObject({ event: 'offer.sent', signature: 'valid' });
    // Its row is written when the answer has come.
    await eventually(async () => {
      const [counts] = await api.sql(
        `select (select count(*)::int from webhook_events where agency_id = $1) as events,
           (select count(*)::int from webhook_deliveries where agency_id = $1) as deliveries`,
        [agency.id],
      );
      expect(counts).toEqual({ events: 1, deliveries: 1 });
    });
  });

  it('shows valid signatures with the new secret and while the old one still signs', async () => {
    const inbox = await makeInbox();
    const { id } = await addWebhook(inbox.url);
    await agency.ask('post', `/webhooks/${id}/secret`, { overlap_seconds: 3600 }).expect(200);
    await agency.ask('post', `/webhooks/${id}/test`, {});
    await agency.ask('post', `/webhooks/${id}/secret`, { overlap_seconds: 0 }).expect(200);
    await agency.ask('post', `/webhooks/${id}/test`, {});
    expect((await messagesOf(inbox)).map(({ signature }) => signature)).toEqual(['valid', 'valid']);
  });

  it('is an ordinary webhook again when its address changes', async () => {
    const { url } = await makeInbox();
    const { id } = await addWebhook(url);
    const { body } = await agency.ask('patch', `/webhooks/${id}`, { url: 'https://hooks.payroll.example/' });
    expect(body.inbox_id).toBeNull();
    expect((await agency.ask('patch', `/webhooks/${id}`, { url })).body.inbox_id).not.toBeNull();
  });
});

describe('an address on this server', () => {
  it('is refused unless it is one of the agency’s inboxes', async () => {
    const { url } = await makeInbox();
    const stranger = await api.addAgency();
    const { body: theirs } = await stranger.ask('post', '/inboxes');
    const wrong: [string, string][] = [
      [theirs.url, 'unknown_inbox'],
      [`${PUBLIC_URL}/inbox/${'a'.repeat(43)}`, 'unknown_inbox'],
      [`${url}/`, 'own_address'],
      [`${url}?x=1`, 'own_address'],
      [`${url}0`, 'own_address'],
      [url.slice(0, -1), 'own_address'],
      [`${PUBLIC_URL}/inbox/../api/internal/events`, 'own_address'],
      [`${PUBLIC_URL}/api/internal/events`, 'own_address'],
      [`${PUBLIC_URL}:443/inbox`, 'own_address'],
      [url.replace('.example/', '.example./'), 'own_address'],
      [url.replace('https', 'http'), 'own_address'],
      [url.replace('.example/', '.example:8443/'), 'none'],
    ];
    for (const [address, code] of wrong) {
      const { status, body } = await agency.ask('post', '/webhooks', { url: address, events: ['*'] });
      expect([address, status, body.errors?.[0]?.code ?? 'none']).toEqual([address, code === 'none' ? 201 : 400, code]);
    }
  });
});

describe('the receiver', () => {
  it('accepts a message from anyone with the address, and shows its signature as invalid or missing', async () => {
    const inbox = await makeInbox();
    await send(inbox.url, '{"hello": 1 }', { 'x-webhook-signature': 'sha256=00' }).expect(200, { received: true });
    expect(await messagesOf(inbox)).toMatchObject([{ signature: 'unknown' }]);
    const { id } = await addWebhook(inbox.url);
    const delivery = randomUUID();
    const headers = { 'x-webhook-signature': 'sha256=00', 'x-webhook-delivery': delivery, 'x-webhook-event': 'a b' };
    await send(inbox.url, '{"hello": 1 }', headers).expect(200);
    await send(inbox.url, 'no json').expect(200);
    const [plain, forged] = await messagesOf(inbox);
    expect(plain).toMatchObject({ signature: 'unknown', body: 'no json' });
    expect(forged).toMatchObject({ signature: 'invalid', webhook_id: null, delivery_id: null, event: null });
    expect(forged).toMatchObject({ body: '{"hello": 1 }', size: 13 });
    expect(id).toBeDefined();
  });

  it('calls a signature invalid when the body was changed', async () => {
    const inbox = await makeInbox();
    const { id } = await addWebhook(inbox.url);
    await agency.ask('post', `/webhooks/${id}/test`, {});
    const [first] = await messagesOf(inbox);
    const { authorization: _none, host: _host, 'content-length': _length, ...headers } = first!.headers;
    await send(inbox.url, first!.body, headers);
    await send(inbox.url, `${first!.body} `, headers);
    expect((await messagesOf(inbox)).map(({ signature }) => signature)).toEqual(['invalid', 'valid', 'valid']);
  });

  it('checks with the webhook that the message names, else with the newest ten', async () => {
    const inbox = await makeInbox();
    const { id, secret } = await addWebhook(inbox.url);
    for (let n = 0; n < 10; n++) await addWebhook(inbox.url);
    await agency.ask('post', `/webhooks/${id}/test`, {}).expect(200);
    const signature = { 'x-webhook-signature': simpleSignature(signingKeys(secret), '{}') };
    await send(inbox.url, '{}', signature).expect(200);
    expect(await messagesOf(inbox)).toMatchObject([
      { signature: 'invalid', webhook_id: null },
      { signature: 'valid', webhook_id: id },
    ]);
  });

  it('responds 404 to an unknown token, and stores nothing that is not JSON or too large', async () => {
    const inbox = await makeInbox();
    for (const token of ['a'.repeat(43), 'x', '%00', `${inbox.url.slice(-43)}x`])
      await send(`${PUBLIC_URL}/inbox/${token}`).expect(404);
    await send(inbox.url, 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }).expect(415);
    await send(inbox.url, JSON.stringify('x'.repeat(256 * 1024))).expect(413);
    await request(api.app.getHttpServer()).get(new URL(inbox.url).pathname).expect(405);
    expect(await messagesOf(inbox)).toEqual([]);
    await send(inbox.url, JSON.stringify('x'.repeat(256 * 1024 - 2))).expect(200);
  });

  it('keeps the last 50 of 7 days', async () => {
    const inbox = await makeInbox();
    for (let n = 0; n < 52; n++) await send(inbox.url, { n }).expect(200);
    const bodies = (await messagesOf(inbox)).map(({ body }) => (JSON.parse(body) as { n: number }).n);
    expect(bodies).toEqual(Array.from({ length: 50 }, (_, index) => 51 - index));
    const [stored] = await api.sql('select count(*)::int as count from inbox_messages where inbox_id = $1', [inbox.id]);
    expect(stored).toEqual({ count: 50 });
    await api.sql(
      `update inbox_messages set received_at = now() - interval '8 days' where inbox_id = $1 and body <> '{"n":51}'`,
      [inbox.id],
    );
    expect(await messagesOf(inbox)).toHaveLength(1);
    await api.app.get(Retention).run();
    const left = await api.sql('select body from inbox_messages where inbox_id = $1', [inbox.id]);
    expect(left).toEqual([{ body: '{"n":51}' }]);
  });

  it('lists at most 1 MiB, newest first, and gives each message whole', async () => {
    const inbox = await makeInbox();
    const big = JSON.stringify('x'.repeat(256 * 1024 - 2));
    for (let n = 0; n < 5; n++) await send(inbox.url, big).expect(200);
    const { text, body: page } = await agency.ask('get', `/inboxes/${inbox.id}/messages`).expect(200);
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    const messages = page.data as (Message & { id: string; left_out: boolean })[];
    expect(messages.map(({ left_out }) => left_out)).toEqual([false, false, false, true, true]);
    const oldest = messages.at(-1)!;
    expect(oldest).toMatchObject({ headers: {}, body: null, size: 256 * 1024 });
    const whole = await agency.ask('get', `/inboxes/${inbox.id}/messages/${oldest.id}`).expect(200);
    expect(whole.body).toMatchObject({
      id: oldest.id,
      left_out: false,
      headers: { 'content-type': 'application/json' },
    });
    expect(whole.body.body).toBe(big);
    const other = await makeInbox();
    await agency.ask('get', `/inboxes/${other.id}/messages/${oldest.id}`).expect(404);
    await agency.ask('get', `/inboxes/${inbox.id}/messages/${oldest.id}`, null, 'viewer').expect(403);
  });

  it('counts the page as JSON, where a control character takes six bytes', async () => {
    const inbox = await makeInbox();
    for (let n = 0; n < 2; n++) await send(inbox.url, '\u0001'.repeat(150 * 1024)).expect(200);
    const { text, body: page } = await agency.ask('get', `/inboxes/${inbox.id}/messages`).expect(200);
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect((page.data as { left_out: boolean }[]).map(({ left_out }) => left_out)).toEqual([false, true]);
  });

  it('accepts 300 messages a minute per inbox, without limiting others', async () => {
    const [busy, quiet] = [await makeInbox(), await makeInbox()];
    let statuses: number[] = [];
    for (let batch = 0; batch < 31; batch++)
      statuses = (await Promise.all(Array.from({ length: 10 }, () => send(busy.url)))).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 429));
    expect((await send(busy.url)).headers['retry-after']).toBeDefined();
    await send(quiet.url).expect(200);
  });

  it('shows no body of an event that was erased while its message was in flight', async () => {
    const inbox = await makeInbox();
    const eventId = randomUUID();
    await api.sql(
      `insert into webhook_events (id, agency_id, type, occurred_at, body, purged_at)
       values ($1, $2, 'offer.sent', now(), null, now())`,
      [eventId, agency.id],
    );
    await send(inbox.url, { candidate: 'Anna' }, { 'webhook-id': eventId }).expect(200);
    expect(await messagesOf(inbox)).toMatchObject([{ body: null }]);
  });
});

describe('the inboxes of an agency', () => {
  it('are at most 20: the oldest unused one is evicted, and none is added when all are in use', async () => {
    const first = await makeInbox();
    await addWebhook(first.url);
    const second = await makeInbox();
    const others: Inbox[] = [];
    for (let n = 2; n < 20; n++) others.push(await makeInbox());
    await send(second.url).expect(200);
    const newest = await makeInbox();
    await send(second.url).expect(404);
    for (const { url } of [first, ...others, newest]) await send(url).expect(200);
    for (const { url } of [...others, newest]) await addWebhook(url);
    expect((await agency.ask('post', '/inboxes')).body).toMatchObject({ status: 409, code: 'inbox_unavailable' });
  });

  it('are emptied by an admin, and reading them is audited once a minute per reader', async () => {
    const inbox = await makeInbox();
    await send(inbox.url);
    for (let n = 0; n < 3; n++) await messagesOf(inbox);
    await agency.ask('get', `/inboxes/${inbox.id}/messages`, null, 'owner').expect(200);
    await agency.ask('get', `/inboxes/${inbox.id}/messages`, null, 'viewer').expect(403);
    await agency.ask('delete', `/inboxes/${inbox.id}/messages`, null, 'member').expect(403);
    await agency.ask('delete', `/inboxes/${inbox.id}/messages`).expect(204);
    expect(await messagesOf(inbox)).toEqual([]);
    const audit = await api.sql<{ action: string }>(
      'select action from audit_log where agency_id = $1 and target_id = $2 order by id',
      [agency.id, inbox.id],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      'inbox.created',
      'inbox.messages_read',
      'inbox.messages_read',
      'inbox.emptied',
    ]);
  });
});

describe('without https', () => {
  it('there are none at a public name, but on localhost there are', async () => {
    const open = await startApiApp({ PUBLIC_URL: 'http://webhooks.bpoc.example' });
    const own = await startApiApp();
    try {
      const refused = await (await open.addAgency()).ask('post', '/inboxes');
      expect(refused.body).toMatchObject({ code: 'inbox_unavailable', detail: expect.stringContaining('PUBLIC_URL') });
      const { port } = new URL(await own.app.getUrl());
      const made = await (await own.addAgency()).ask('post', '/inboxes');
      expect(made.body.url).toContain(`http://localhost:${port}/inbox/`);
    } finally {
      await Promise.all([open.close(), own.close()]);
    }
  });
});
