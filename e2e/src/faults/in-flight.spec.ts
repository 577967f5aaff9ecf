import { afterAll, describe, expect, it } from '@jest/globals';
import { verify } from 'bpoc-webhooks';
import {
  addWebhook,
  applicationCreated,
  onlyDelivery,
  problemOf,
  publish,
  recruiter,
  type CreatedWebhook,
  type DeliveryDetail,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

/* A webhook is changed while a request is in flight: it finishes and its result counts; only its retry is dropped. */

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
afterAll(() => receiver.close());

interface Out {
  webhook: CreatedWebhook;
  /** Lets the receiver answer. */
  answer: () => void;
  /** Waits until nothing is pending. */
  ended: () => Promise<DeliveryDetail>;
}

let paths = 0;

/** A delivery whose request has reached the receiver, which answers on demand. */
async function requestOut(status: number): Promise<Out> {
  const path = `/${++paths}`;
  const webhook = await addWebhook(server, { url: receiver.url(path) });
  const { promise, resolve } = withResolvers();
  receiver.script(path, { status, when: promise });
  await publish(server, applicationCreated(server));
  await receiver.next(path);
  const ended = () =>
    eventually(async () => {
      const delivery = await onlyDelivery(server, webhook.id);
      expect(['waiting', 'retrying']).not.toContain(delivery.status);
      return delivery;
    });
  return { webhook, answer: resolve, ended };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settled) => (resolve = settled));
  return { promise, resolve };
}

const turnOff = async ({ id }: CreatedWebhook) => {
  const response = await recruiter(server).patch(`/api/recruiter/webhooks/${id}`).send({ is_active: false });
  expect(response.status).toBe(200);
};
const remove = async ({ id }: CreatedWebhook) => {
  expect((await recruiter(server).delete(`/api/recruiter/webhooks/${id}`)).status).toBe(204);
};

describe('a request in flight', () => {
  it.each([
    ['switched off', turnOff],
    ['deleted', remove],
  ])('counts when its webhook is %s meanwhile and it succeeds', async (_what, change) => {
    const { webhook, answer, ended } = await requestOut(200);
    await change(webhook);
    answer();
    const { status, timeline } = await ended();
    expect({ status, outcomes: timeline.map(({ outcome }) => outcome) }).toEqual({
      status: 'delivered',
      outcomes: ['succeeded'],
    });
  });

  it.each([
    ['switched off', turnOff, { status: 'skipped', reason: 'webhook_off' }],
    ['deleted', remove, { status: 'cancelled', reason: 'webhook_deleted' }],
  ])('is recorded when its webhook is %s meanwhile and it fails, and is not retried', async (_what, change, end) => {
    const { webhook, answer, ended } = await requestOut(500);
    await change(webhook);
    answer();
    const { status, reason, timeline, next_attempt_at } = await ended();
    expect({ status, reason, next_attempt_at }).toEqual({ ...end, next_attempt_at: null });
    expect(timeline.map((attempt) => attempt.reason)).toEqual(['server_error']);
    expect(receiver.requests(new URL(webhook.url).pathname)).toHaveLength(1);
  });

  it('is neither cancelled nor sent a second time', async () => {
    const { webhook, answer, ended } = await requestOut(200);
    const { id } = await onlyDelivery(server, webhook.id);
    for (const verb of ['cancel', 'resend'])
      problemOf(await recruiter(server).post(`/api/recruiter/deliveries/${id}/${verb}`), 409, 'delivery_in_flight');
    answer();
    expect(await ended()).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('keeps its signature when the secret is replaced; its retry has the new one', async () => {
    const { webhook, answer, ended } = await requestOut(500);
    const rotated = await recruiter(server)
      .post(`/api/recruiter/webhooks/${webhook.id}/secret`)
      .send({ overlap_seconds: 0 });
    answer();
    expect(await ended()).toMatchObject({ status: 'delivered', attempts: 2 });
    const [first, second] = receiver.requests(new URL(webhook.url).pathname);
    const { secret } = rotated.body as { secret: string };
    for (const [request, key] of [
      [first!, webhook.secret],
      [second!, secret],
    ] as const)
      expect(() => verify({ body: request.body, headers: request.headers, secret: key })).not.toThrow();
  });
});
