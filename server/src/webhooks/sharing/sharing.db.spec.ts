import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { addPerson } from '../../../test/person.js';
import { receiverPerFile } from '../../../test/receiver.js';

/* Links for people without an account: a webhook handed over to its developer, and a shared delivery. */

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);
const receiver = receiverPerFile(() => ({ status: 500, body: 'no Maria Santos here' }));

interface Made {
  id: string;
  token: string;
}

const add = async (): Promise<{ id: string; secret: string }> =>
  (await agency.ask('post', '/webhooks', { url: receiver.url, events: ['offer.*'], description: 'Payroll' })).body;
const made = ({ body }: request.Response): Made => ({ id: body.id, token: String(body.url).split('#')[1]! });
const handOver = async (id: string, secret?: string): Promise<Made> =>
  made(await agency.ask('post', `/webhooks/${id}/handover`, secret === undefined ? {} : { secret }).expect(201));
const links = async (id: string) => (await agency.ask('get', `/webhooks/${id}/handover`, null, 'viewer')).body.data;
const shared = (what: 'open' | 'secret' | 'test', token: string, more = {}) =>
  request(api.app.getHttpServer())
    .post(`/api/shared/${what}`)
    .send({ token, ...more });
const auditOf = (id: string) =>
  api.sql(
    `select action, actor_kind, actor_name from audit_log where target_id = $1 and action <> 'webhook.created'
     order by id`,
    [id],
  );

describe('a webhook handed over', () => {
  it('shows its developer address, events and failures, and the secret once', async () => {
    const { id, secret } = await add();
    const failed = await insertDelivery(api.sql, { agencyId: agency.id, webhookId: id, state: 'failed' });
    const answer = await agency.ask('post', `/webhooks/${id}/handover`, { secret });
    expect(answer.body).toMatchObject({ secret: 'waiting', created_by: 'admin', opened_at: null });
    expect(answer.body.url).toMatch(/\/shared#bpoc_lnk_/);
    const { token } = made(answer);
    const page = await shared('open', token);
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(page.body).toMatchObject({
      agency: `Agency ${agency.id}`,
      webhook: { name: 'Payroll', url: receiver.url, is_active: true },
      handover: { secret: 'waiting', failures: [{ delivery_id: failed.id, status: 'failed' }] },
      delivery: null,
    });
    const types = page.body.handover.event_types as { type: string; example: object }[];
    expect(types.map(({ type }) => type)).toEqual(['offer.sent', 'offer.accepted', 'offer.rejected']);
    expect(page.text).not.toContain(secret);
    expect(await links(id)).toMatchObject([{ secret: 'waiting', opened_at: expect.any(String) }]);

    // Concurrent requests, as of an impatient person: one gets it.
    const read = await Promise.all([shared('secret', token), shared('secret', token), shared('secret', token)]);
    expect(read.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    expect(read.find(({ status }) => status === 200)!.body).toEqual({ secret });
    expect((await shared('secret', token)).body).toMatchObject({ code: 'secret_gone' });
    expect((await shared('open', token)).body.handover.secret).toBe('read');
    expect(await auditOf(id)).toEqual([
      { action: 'webhook.handed_over', actor_kind: 'key', actor_name: 'admin' },
      { action: 'webhook.link_opened', actor_kind: 'link', actor_name: 'Link of admin' },
      { action: 'webhook.link_secret_read', actor_kind: 'link', actor_name: 'Link of admin' },
    ]);
    const dump = JSON.stringify(await api.sql('select * from shared_links'));
    expect(dump).not.toContain(token);
  });

  it('gives no secret that the caller was not just shown, nor one that was replaced', async () => {
    const { id, secret } = await add();
    const guessed = await agency.ask('post', `/webhooks/${id}/handover`, {
      secret: secret.replace(/.{8}$/, 'AAAAAAA='),
    });
    expect(guessed.body.errors).toMatchObject([{ field: 'secret', code: 'not_present_secret' }]);
    expect(await links(id)).toEqual([]);
    const [without, before] = [await handOver(id), await handOver(id, secret)];
    const { body: rotated } = await agency.ask('post', `/webhooks/${id}/secret`, { overlap_seconds: 0 });
    const after = await handOver(id, rotated.secret);
    for (const { token } of [without, before]) expect((await shared('secret', token)).status).toBe(409);
    expect((await shared('secret', after.token)).body).toEqual({ secret: rotated.secret });
    expect((await links(id)).map((link: { secret: string }) => link.secret)).toEqual(['read', 'replaced', 'none']);
  });

  it('can be tested there, within the 10 tests a minute of the webhook', async () => {
    const { id } = await add();
    const { token } = await handOver(id);
    const { body } = await shared('test', token, { event: 'offer.sent' });
    expect(body).toMatchObject({
      event: 'offer.sent',
      attempt: { n: 1, outcome: 'failed', reason: 'server_error', response_status: 500 },
      answer: 'no Maria Santos here',
    });
    for (let n = 0; n < 5; n++) await agency.ask('post', `/webhooks/${id}/test`, {}, 'member');
    for (let n = 0; n < 4; n++) expect((await shared('test', token)).status).toBe(200);
    expect((await shared('test', token)).body.code).toBe('too_many_requests');
    expect((await auditOf(id)).filter(({ actor_kind }) => actor_kind === 'link')).toHaveLength(5);
  });

  it('ends when it is revoked, expires, or its webhook is deleted', async () => {
    const { id } = await add();
    const [revoked, expired, other] = [await handOver(id), await handOver(id), await handOver(id)];
    await agency.ask('delete', `/webhooks/${id}/handover/${revoked.id}`).expect(204);
    await agency.ask('delete', `/webhooks/${id}/handover/${revoked.id}`).expect(404);
    await api.sql('update shared_links set expires_at = now() where id = $1', [expired.id]);
    for (const { token } of [revoked, expired])
      for (const what of ['open', 'secret', 'test'] as const) expect((await shared(what, token)).status).toBe(404);
    expect(await links(id)).toMatchObject([{ id: other.id }]);
    await agency.ask('delete', `/webhooks/${id}`).expect(204);
    expect((await shared('open', other.token)).status).toBe(404);
  });

  it('ends with the access of the person or key that made it', async () => {
    const { id } = await add();
    const { body: test } = await agency.ask('post', `/webhooks/${id}/test`, { event: 'offer.sent' });
    const share = async (header: Record<string, string>) => {
      const post = (path: string) =>
        request(api.app.getHttpServer()).post(`/api/recruiter${path}`).set(header).send({}).expect(201);
      return [made(await post(`/webhooks/${id}/handover`)), made(await post(`/deliveries/${test.delivery_id}/share`))];
    };
    const opens = (shares: Made[]) =>
      Promise.all(shares.map(async ({ token }) => (await shared('open', token)).status));
    const person = await addPerson(api, agency.id, 'admin');
    const { body: key } = await agency.ask('post', '/api-keys', { name: 'CRM', role: 'admin' });
    const [ofPerson, ofKey, other] = [
      await share({ cookie: person.cookie }),
      await share({ authorization: `Bearer ${key.token}` }),
      await handOver(id),
    ];
    await agency.ask('delete', `/members/${person.id}`, null, 'owner').expect(204);
    expect(await opens([...ofPerson, ...ofKey, other])).toEqual([404, 404, 200, 200, 200]);
    await agency.ask('delete', `/api-keys/${key.id}`).expect(204);
    expect(await opens([...ofPerson, ...ofKey, other])).toEqual([404, 404, 404, 404, 200]);
    const ended = (await auditOf(id)).filter(({ action }) => action === 'webhook.link_revoked');
    expect(ended.map(({ actor_name }) => actor_name)).toEqual(['owner', 'admin']);
  });

  it('is made by admins, for web addresses, 10 times', async () => {
    const { id } = await add();
    expect((await agency.ask('post', `/webhooks/${id}/handover`, {}, 'member')).status).toBe(403);
    for (let n = 0; n < 10; n++) await handOver(id);
    expect((await agency.ask('post', `/webhooks/${id}/handover`, {})).body.code).toBe('too_many_links');
    const slack = {
      kind: 'slack',
      url: 'https://hooks.slack.com/services/T0/B0/xxxxxxxxxxxxxxxxxxxxxxxx',
      events: ['*'],
    };
    const { body: tool } = await agency.ask('post', '/webhooks', slack);
    expect((await agency.ask('post', `/webhooks/${tool.id}/handover`, {})).body.code).toBe('kind_has_no_secret');
  });
});

describe('a shared delivery', () => {
  it('shows its tries to a person without an account, but no contents, names or answers', async () => {
    const { id: webhookId } = await add();
    await agency.ask('patch', `/webhooks/${webhookId}`, { url: `${receiver.url}/in?key=letmein` });
    const { body: test } = await agency.ask('post', `/webhooks/${webhookId}/test`, { event: 'offer.sent' });
    const id: string = test.delivery_id;
    expect((await agency.ask('post', `/deliveries/${id}/share`, null, 'viewer')).status).toBe(403);
    const { token } = made(await agency.ask('post', `/deliveries/${id}/share`, null, 'member').expect(201));
    const page = await shared('open', token);
    expect(page.body).toMatchObject({
      webhook: { url: `${new URL(receiver.url).origin}/` },
      handover: null,
      delivery: { delivery_id: id, event: 'offer.sent', timeline: [{ n: 1, reason: 'server_error' }] },
    });
    expect(page.text).not.toMatch(/Maria|uuid-|whsec_/);
    for (const what of ['secret', 'test'] as const) expect((await shared(what, token)).status).not.toBe(200);
    await agency.ask('delete', `/deliveries/${id}/share`, null, 'member').expect(204);
    expect((await shared('open', token)).status).toBe(404);
    expect((await auditOf(id)).map(({ action }) => action)).toEqual([
      'delivery.shared',
      'delivery.link_opened',
      'delivery.unshared',
    ]);
  });
});

it('a token that is wrong is refused and, after 30, rate-limited', async () => {
  const { id } = await add();
  const { token } = await handOver(id);
  const wrong = token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const refused = await Promise.all(Array.from({ length: 40 }, () => shared('open', wrong)));
  expect(refused.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(30);
  const [limited] = refused.filter(({ status }) => status === 429);
  expect(Number(limited!.headers['retry-after'])).toBeGreaterThan(14 * 60);
});
