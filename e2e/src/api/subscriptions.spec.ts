import { afterAll, describe, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  deliveriesOf,
  deliveryDetail,
  onlyDelivery,
  problemOf,
  publish,
  recruiter,
  type Webhook,
} from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
afterAll(() => receiver.close());

async function setActive(webhook: Webhook, isActive: boolean): Promise<void> {
  const response = await recruiter(server).patch(`/api/recruiter/webhooks/${webhook.id}`).send({ is_active: isActive });
  expect(response.status).toBe(200);
  expect(response.body).toMatchObject({ is_active: isActive, off_reason: isActive ? null : 'person' });
}

describe('subscriptions', () => {
  it('wildcards match their group at any depth, and nothing else', async () => {
    const types = ((await recruiter(server).get('/api/recruiter/event-types')).body as EventTypes).data;
    expect(types).toHaveLength(10);
    const patterns = [
      '*',
      'application.*',
      'interview.*',
      'offer.*',
      'video.*',
      'placement.*',
      'video.recording.ready',
    ];
    const webhooks = new Map<string, Webhook>();
    for (const pattern of patterns) {
      webhooks.set(pattern, await addWebhook(server, { url: receiver.url(`/pattern/${pattern}`), events: [pattern] }));
    }
    for (const { type, example } of types) {
      const receipt = await publish(server, { type, agencyId: server.demo.agencyId, data: example.data });
      expect({ type, deliveries: receipt.deliveries }).toEqual({
        type,
        deliveries: type === 'video.recording.ready' ? 3 : 2,
      });
    }
    const delivered = async (pattern: string): Promise<string[]> =>
      (await deliveriesOf(server, webhooks.get(pattern)!.id)).map(({ event }) => event).toSorted();
    const inGroup = (group: string): string[] =>
      types
        .map(({ type }) => type)
        .filter((type) => type.startsWith(`${group}.`))
        .toSorted();
    expect(await delivered('*')).toEqual(types.map(({ type }) => type).toSorted());
    for (const group of ['application', 'interview', 'offer', 'video', 'placement']) {
      expect(await delivered(`${group}.*`)).toEqual(inGroup(group));
    }
    expect(inGroup('video')).toEqual(['video.recording.ready', 'video.transcript.completed']);
    expect(await delivered('video.recording.ready')).toEqual(['video.recording.ready']);
    await eventually(() => {
      const received = receiver.all
        .filter(({ path }) => path === '/pattern/*')
        .map(({ headers }) => String(headers['x-webhook-event']));
      expect(received.toSorted()).toEqual(types.map(({ type }) => type).toSorted());
    });
    for (const webhook of webhooks.values()) await recruiter(server).delete(`/api/recruiter/webhooks/${webhook.id}`);
  });

  it.each([['made.up'], ['application'], ['applications.*'], ['*.created'], ['webhook.test'], ['']])(
    'refuses the unknown event %j and names the field',
    async (event) => {
      const response = await recruiter(server)
        .post('/api/recruiter/webhooks')
        .send({ url: receiver.url('/never'), events: ['offer.sent', event] });
      const problem = problemOf(response, 400, 'validation_failed');
      expect(problem.errors?.map(({ field }) => field)).toEqual([expect.stringMatching(/^events/)]);
    },
  );
});

interface EventTypes {
  data: { type: string; example: { data: Record<string, unknown> } }[];
}

describe('a webhook that is off', () => {
  it('gets nothing: events are kept as skipped and can be sent later', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/off') });
    await setActive(webhook, false);
    await publish(server, applicationCreated(server));
    const skipped = await onlyDelivery(server, webhook.id);
    expect(skipped).toMatchObject({ status: 'skipped', reason: 'webhook_off', attempts: 0, next_attempt_at: null });
    const refused = await recruiter(server).post(`/api/recruiter/deliveries/${skipped.id}/resend`);
    problemOf(refused, 409, 'webhook_off');
    await throughout(400, () => expect(receiver.requests('/off')).toEqual([]));

    await setActive(webhook, true);
    await throughout(400, () => expect(receiver.requests('/off')).toEqual([]));
    expect((await recruiter(server).post(`/api/recruiter/deliveries/${skipped.id}/resend`)).status).toBe(202);
    await eventually(async () => expect((await deliveryDetail(server, skipped.id)).status).toBe('delivered'));
    expect(receiver.requests('/off')).toHaveLength(1);
  });

  it('drops its pending retries', async () => {
    receiver.script('/owing', 500, 500, 500, 500);
    const webhook = await addWebhook(server, { url: receiver.url('/owing'), retry_plan: 'day' });
    await publish(server, applicationCreated(server));
    await eventually(async () => expect((await onlyDelivery(server, webhook.id)).status).toBe('retrying'));
    await setActive(webhook, false);
    await eventually(async () => {
      expect(await onlyDelivery(server, webhook.id)).toMatchObject({ status: 'skipped', next_attempt_at: null });
    });
    const before = receiver.requests('/owing').length;
    await throughout(600, () => expect(receiver.requests('/owing').length).toBeLessThanOrEqual(before + 1));
  });
});

describe('a deleted webhook', () => {
  it('gets no new events; its pending deliveries are cancelled and its log stays', async () => {
    receiver.script('/deleted', 500, 500, 500, 500, 500);
    const webhook = await addWebhook(server, { url: receiver.url('/deleted'), retry_plan: 'day' });
    await publish(server, applicationCreated(server));
    await eventually(async () => expect((await onlyDelivery(server, webhook.id)).status).toBe('retrying'));
    expect((await recruiter(server).delete(`/api/recruiter/webhooks/${webhook.id}`)).status).toBe(204);
    problemOf(await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`), 404, 'not_found');
    problemOf(await recruiter(server).delete(`/api/recruiter/webhooks/${webhook.id}`), 404, 'not_found');
    const list = (await recruiter(server).get('/api/recruiter/webhooks')).body as { data: Webhook[] };
    expect(list.data.map(({ id }) => id)).not.toContain(webhook.id);

    await publish(server, applicationCreated(server));
    await eventually(async () => {
      expect(await onlyDelivery(server, webhook.id)).toMatchObject({
        status: 'cancelled',
        reason: 'webhook_deleted',
        webhook: { id: webhook.id, deleted: true },
      });
    });
  });
});
