import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { startReceiver } from '../../../test/receiver.js';

const api = apiPerFile({ ATTEMPT_TIMEOUT_MS: '1000', LEASE_MS: '3000' });
const agency = agencyPerTest(api);
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let answer: Parameters<typeof startReceiver>[0];

beforeEach(async () => {
  answer = () => ({});
  receiver = await startReceiver((...request) => answer!(...request));
});
afterEach(() => receiver.close());

const add = async (more: object = {}): Promise<{ id: string; secret: string }> =>
  (await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'], ...more })).body;
const sendTest = (id: string, body: object | null = {}) => agency.ask('post', `/webhooks/${id}/test`, body, 'member');

describe('the test button', () => {
  it('sends a signed sample and responds with the result', async () => {
    const { id, secret } = await add({ headers: { 'x-key': 'header-value-1' } });
    const { status, body } = await sendTest(id);
    expect(status).toBe(200);
    const [request] = receiver.requests;
    expect(body).toMatchObject({
      delivery_id: request!.headers['x-webhook-delivery'],
      event_id: request!.headers['webhook-id'],
      event: 'webhook.test',
      status: 'delivered',
      body: request!.body,
      attempt: { n: 1, outcome: 'succeeded', reason: 'ok', response_status: 200, response_body: 'ok', fenced: false },
    });
    expect(body.attempt.request_headers).toMatchObject({ 'x-webhook-test': 'true', 'x-key': '…' });
    const signature = `sha256=${createHmac('sha256', secret).update(request!.body).digest('hex')}`;
    expect(request!.headers['x-webhook-signature']).toBe(signature);
    expect(request!.headers['x-key']).toBe('header-value-1');
  });

  it('sends the example of a chosen event', async () => {
    const { id } = await add();
    const { body } = await sendTest(id, { event: 'offer.accepted' });
    expect(body.event).toBe('offer.accepted');
    expect(JSON.parse(receiver.requests[0]!.body)).toMatchObject({
      event: 'offer.accepted',
      data: { offerId: 'uuid-def' },
    });
  });

  it('needs no body', async () => {
    const { id } = await add();
    expect((await sendTest(id, null)).status).toBe(200);
  });

  it('reports a failure as a result, not as an error', async () => {
    const { id } = await add();
    answer = () => ({ status: 503, body: 'down for repairs, ask hr@crm.example' });
    const { status, body } = await sendTest(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'failed',
      attempt: { outcome: 'failed', reason: 'down', response_status: 503 },
      answer_excerpt: 'down for repairs, ask •••',
    });
    await receiver.close();
    expect((await sendTest(id)).body).toMatchObject({
      status: 'failed',
      attempt: { reason: 'refused', response_status: null },
    });
  });

  it('works while the webhook is off, and changes neither health nor counts', async () => {
    const { id } = await add();
    await agency.ask('patch', `/webhooks/${id}`, { is_active: false });
    expect((await sendTest(id)).body.status).toBe('delivered');
    await agency.ask('patch', `/webhooks/${id}`, { is_active: true });
    const { body } = await agency.ask('get', `/webhooks/${id}`);
    expect(body).toMatchObject({ health: 'new', last_delivery: null, last_24h: { delivered: 0 } });
  });

  it('shows its delivery in the webhook, and in the log only with tests included', async () => {
    const { id } = await add();
    const { delivery_id } = (await sendTest(id)).body;
    const { recent_deliveries } = (await agency.ask('get', `/webhooks/${id}`)).body;
    expect(recent_deliveries).toMatchObject([{ id: delivery_id, test: true, status: 'delivered' }]);
    expect((await agency.ask('get', '/deliveries')).body.data).toEqual([]);
    for (const query of ['test=true', 'test=any', 'event=webhook.test', `q=${delivery_id}&test=true`]) {
      expect((await agency.ask('get', `/deliveries?${query}`)).body.data).toMatchObject([{ id: delivery_id }]);
    }
    const detail = await agency.ask('get', `/deliveries/${delivery_id}`);
    expect(detail.body).toMatchObject({ max_attempts: 1, event_detail: { type: 'webhook.test', test: true } });
  });

  it('refuses an event that is not in the catalogue', async () => {
    const { id } = await add();
    const { status, body } = await sendTest(id, { event: 'offer.*' });
    expect([status, body.errors[0].field]).toEqual([400, 'event']);
    expect(receiver.requests).toEqual([]);
  });

  it('works 10 times a minute per webhook, also when concurrent', async () => {
    const [one, other] = [await add(), await add()];
    const answers = await Promise.all(Array.from({ length: 14 }, () => sendTest(one.id)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(refused).toHaveLength(4);
    expect(refused[0]!.body.code).toBe('too_many_requests');
    const wait = Number(refused[0]!.headers['retry-after']);
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(receiver.requests).toHaveLength(10);
    expect((await sendTest(other.id)).status).toBe(200);
    await api.sql('delete from audit_log where agency_id = $1', [agency.id]);
    expect((await sendTest(one.id)).status).toBe(200);
  });

  it('is for members and up, and is audited', async () => {
    const { id } = await add();
    expect((await agency.ask('post', `/webhooks/${id}/test`, {}, 'viewer')).status).toBe(403);
    await sendTest(id, { event: 'offer.sent' });
    const [entry] = await api.sql(
      `select action, actor_name, details from audit_log where target_id = $1 order by id desc`,
      [id],
    );
    expect(entry).toEqual({ action: 'webhook.tested', actor_name: 'member', details: { event: 'offer.sent' } });
  });
});
