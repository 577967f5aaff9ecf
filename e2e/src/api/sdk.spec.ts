import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import {
  configureWebhooks,
  PublishError,
  publishEvents,
  verify,
  webhookApplicationCreated,
  webhookOfferAccepted,
} from 'bpoc-webhooks';
import { addWebhook } from '../support/client.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
const webhook = await addWebhook(server, { url: receiver.url('/sdk') });
process.env['BPOC_WEBHOOKS_URL'] = server.url;
process.env['BPOC_WEBHOOKS_TOKEN'] = server.demo.serviceToken;
afterAll(async () => {
  delete process.env['BPOC_WEBHOOKS_URL'];
  delete process.env['BPOC_WEBHOOKS_TOKEN'];
  configureWebhooks({});
  await receiver.close();
});

const application = {
  applicationId: 'uuid-123',
  jobId: 'uuid-456',
  candidateId: 'uuid-789',
  candidateName: 'Maria Santos',
  candidateEmail: 'maria@example.com',
  jobTitle: 'Customer Service Representative',
};

it('a helper used as the guide shows publishes an event that the receiver verifies', async () => {
  const receipt = await webhookApplicationCreated({ ...application, agencyId: server.demo.agencyId });
  expect(receipt.deliveries).toBe(1);
  const { body, headers } = await receiver.next('/sdk');
  const message = verify({ body, headers, secret: webhook.secret });
  expect(message).toMatchObject({ event: 'application.created', data: application, id: receipt.id, test: false });
  expect(message.data).not.toHaveProperty('agencyId');
});

it('a helper called twice with one id publishes one event', async () => {
  const offer = { offerId: 'o', applicationId: 'a', candidateId: 'c', acceptedAt: '2026-01-22T10:29:00Z' };
  const input = { ...offer, agencyId: server.demo.agencyId, id: randomUUID(), occurredAt: new Date() };
  const [first, second] = await Promise.all([webhookOfferAccepted(input), webhookOfferAccepted(input)]);
  expect(second).toEqual(first);
});

it('a refusal is a PublishError with the code and the fields of the problem', async () => {
  const rejected: unknown = await webhookApplicationCreated({
    ...application,
    jobId: '',
    agencyId: server.demo.agencyId,
  }).catch((error: unknown) => error);
  expect(rejected).toBeInstanceOf(PublishError);
  expect(rejected).toMatchObject({
    code: 'validation_failed',
    status: 400,
    tries: 1,
    message: expect.stringContaining('data.jobId'),
    errors: [{ field: 'data.jobId' }],
    requestId: expect.stringMatching(/\S/),
  });
});

it('a batch gives receipts in order', async () => {
  const event = { type: 'application.created', agencyId: server.demo.agencyId, data: application } as const;
  const receipts = await publishEvents([
    { ...event, id: 'batch-1' },
    { ...event, id: 'batch-2' },
  ]);
  expect(receipts).toHaveLength(2);
  expect(await publishEvents([{ ...event, id: 'batch-2' }])).toEqual([receipts[1]]);
});

it('a wrong token and a wrong event give different errors', async () => {
  configureWebhooks({ token: `${server.demo.serviceToken.slice(0, -3)}xyz` });
  const rejected: unknown = await webhookApplicationCreated({ ...application, agencyId: server.demo.agencyId }).catch(
    (error: unknown) => error,
  );
  configureWebhooks({});
  expect(rejected).toMatchObject({ code: 'unauthenticated', status: 401 });
});
