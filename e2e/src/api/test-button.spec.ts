import { afterAll, describe, expect, it } from '@jest/globals';
import { verify } from 'bpoc-webhooks';
import { addWebhook, deliveriesOf, problemOf, recruiter } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
afterAll(() => receiver.close());

describe('the test button', () => {
  it('sends a signed sample now and answers with what came back', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/test'), events: ['offer.sent'] });
    receiver.script('/test', { status: 201, body: 'thank you', headers: { 'x-receiver': 'theirs' } });
    const response = await recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({});
    expect(response.status).toBe(200);
    const [request, ...others] = receiver.requests('/test');
    expect(others).toEqual([]);
    expect(response.body).toMatchObject({
      event: 'webhook.test',
      status: 'delivered',
      body: request!.body.toString(),
      event_id: request!.headers['webhook-id'],
      delivery_id: request!.headers['x-webhook-delivery'],
      attempt: { n: 1, outcome: 'succeeded', reason: 'ok', response_status: 201, response_body: 'thank you' },
    });
    expect(request!.headers).toMatchObject({ 'x-webhook-test': 'true', 'x-webhook-event': 'webhook.test' });
    const message = verify({ body: request!.body, headers: request!.headers, secret: webhook.secret });
    expect(message).toMatchObject({ event: 'webhook.test', test: true });
    expect(JSON.stringify(response.body)).not.toContain(webhook.secret);
  });

  it('can send the sample of any event', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/sample'), events: ['offer.sent'] });
    const response = await recruiter(server)
      .post(`/api/recruiter/webhooks/${webhook.id}/test`)
      .send({ event: 'interview.scheduled' });
    expect(response.body).toMatchObject({ event: 'interview.scheduled', status: 'delivered' });
    const [request] = receiver.requests('/sample');
    expect(JSON.parse(request!.body.toString())).toMatchObject({
      event: 'interview.scheduled',
      data: { interviewType: 'client_round_1' },
    });
    problemOf(
      await recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({ event: 'made.up' }),
      400,
      'validation_failed',
    );
  });

  it('says what went wrong, retries nothing and does not touch the health', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/broken') });
    receiver.script('/broken', { status: 401, body: 'who are you?' });
    const response = await recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({});
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({
      status: 'failed',
      attempt: { outcome: 'failed', reason: 'not_allowed', response_status: 401, response_body: 'who are you?' },
    });
    const after = await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`);
    expect(after.body).toMatchObject({ health: 'new', failures_in_a_row: 0 });
    expect(receiver.requests('/broken')).toHaveLength(1);
  });

  it('works while the webhook is off, and its deliveries are listed only on request', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/off') });
    await recruiter(server).patch(`/api/recruiter/webhooks/${webhook.id}`).send({ is_active: false });
    const response = await recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({});
    expect(response.body).toMatchObject({ status: 'delivered' });
    expect(await deliveriesOf(server, webhook.id)).toEqual([]);
    await eventually(async () => {
      expect(await deliveriesOf(server, webhook.id, 'any')).toMatchObject([{ test: true, status: 'delivered' }]);
    });
  });

  it('is limited: after ten a minute it answers 429', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/hammer') });
    const press = () => recruiter(server).post(`/api/recruiter/webhooks/${webhook.id}/test`).send({});
    for (let count = 0; count < 10; count += 1) expect((await press()).status).toBe(200);
    const refused = await press();
    problemOf(refused, 429, 'too_many_requests');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(receiver.requests('/hammer')).toHaveLength(10);
  });
});
