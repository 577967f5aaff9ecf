import { afterAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, onlyDelivery, publish } from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
afterAll(() => receiver.close());

const DOCUMENTED_DATA = {
  applicationId: 'uuid-123',
  jobId: 'uuid-456',
  candidateId: 'uuid-789',
  candidateName: 'Maria Santos',
  candidateEmail: 'maria@example.com',
  jobTitle: 'Customer Service Representative',
};

const DOCUMENTED_BODY =
  '{"event":"application.created","timestamp":"2026-01-22T10:30:00.000Z","data":{"applicationId":"uuid-123",' +
  '"jobId":"uuid-456","candidateId":"uuid-789","candidateName":"Maria Santos",' +
  '"candidateEmail":"maria@example.com","jobTitle":"Customer Service Representative"}}';

describe('a published event', () => {
  it('arrives once, with exactly the documented body and headers', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/documented'), events: ['application.created'] });
    const event = { ...applicationCreated(server), data: DOCUMENTED_DATA, occurredAt: '2026-01-22T10:30:00Z' };
    const receipt = await publish(server, event);
    expect(receipt.deliveries).toBe(1);

    const [request] = await eventually(() => {
      expect(receiver.requests('/documented')).toHaveLength(1);
      return receiver.requests('/documented');
    });
    const delivery = await eventually(async () => {
      const found = await onlyDelivery(server, webhook.id);
      expect(found.status).toBe('delivered');
      return found;
    });
    expect(request!.method).toBe('POST');
    expect(request!.body.toString('utf8')).toBe(DOCUMENTED_BODY);
    expect(request!.headers).toMatchObject({
      accept: '*/*',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(DOCUMENTED_BODY)),
      'user-agent': expect.stringMatching(/^BPOC-Webhooks\/\d+\.\d+\.\d+/),
      'x-webhook-event': 'application.created',
      'x-webhook-delivery': delivery.id,
      'x-webhook-attempt': '1',
      'x-webhook-signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
      'webhook-id': receipt.id,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(request!.headers).not.toHaveProperty('x-webhook-test');
    expect(Math.abs(Number(request!.headers['webhook-timestamp']) - request!.at / 1000)).toBeLessThan(60);
    expect(delivery).toMatchObject({ event_id: receipt.id, attempts: 1, response_status: 200, reason: 'ok' });
    await throughout(500, () => expect(receiver.requests('/documented')).toHaveLength(1));
  });

  it('keeps every character: the bytes are those of JSON.stringify', async () => {
    await addWebhook(server, { url: receiver.url('/unicode'), events: ['application.created'] });
    const event = {
      ...applicationCreated(server, { candidateName: 'Ñandú “Łódź” 候補者 🎉 \\"/ \u2028', jobTitle: 'C++ <b>&amp;' }),
      occurredAt: '2026-01-22T10:30:01.250Z',
    };
    await publish(server, event);
    const request = await eventually(() => {
      expect(receiver.requests('/unicode')).toHaveLength(1);
      return receiver.requests('/unicode')[0]!;
    });
    const expected = { event: event.type, timestamp: '2026-01-22T10:30:01.250Z', data: event.data };
    expect(request.body.equals(Buffer.from(JSON.stringify(expected)))).toBe(true);
  });

  it('goes to every subscribed webhook, with the same webhook-id and separate deliveries', async () => {
    await addWebhook(server, { url: receiver.url('/first'), events: ['offer.sent'] });
    await addWebhook(server, { url: receiver.url('/second'), events: ['offer.sent'] });
    const data = {
      offerId: 'uuid-def',
      applicationId: 'uuid-123',
      candidateId: 'uuid-789',
      sentAt: '2026-01-22T10:30:00Z',
    };
    const receipt = await publish(server, { type: 'offer.sent', agencyId: server.demo.agencyId, data });
    expect(receipt.deliveries).toBe(2);
    const [first, second] = await eventually(() => {
      const requests = [...receiver.requests('/first'), ...receiver.requests('/second')];
      expect(requests).toHaveLength(2);
      return requests;
    });
    expect(first!.headers['webhook-id']).toBe(receipt.id);
    expect(second!.headers['webhook-id']).toBe(receipt.id);
    expect(first!.headers['x-webhook-delivery']).not.toBe(second!.headers['x-webhook-delivery']);
    expect(first!.body.equals(second!.body)).toBe(true);
    expect(first!.headers['x-webhook-signature']).not.toBe(second!.headers['x-webhook-signature']);
  });

  it('without a subscribed webhook is accepted and makes no delivery', async () => {
    const data = { placementId: 'p', applicationId: 'a', jobId: 'j', candidateId: 'c', startDate: '2026-02-01' };
    const receipt = await publish(server, { type: 'placement.created', agencyId: server.demo.agencyId, data });
    expect(receipt).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), deliveries: 0, skipped: 0 });
  });

  it('counts every 2xx as delivered and follows no redirect', async () => {
    const [accepted, redirected] = await Promise.all([
      addWebhook(server, { url: receiver.url('/empty'), events: ['video.*'] }),
      addWebhook(server, { url: receiver.url('/moved'), events: ['video.*'] }),
    ]);
    receiver.script('/empty', 204);
    const moved = { status: 302, headers: { location: receiver.url('/elsewhere') } };
    receiver.script('/moved', moved, moved, moved, moved);
    const ids = { recordingId: 'r', interviewId: 'i', applicationId: 'a', candidateId: 'c' };
    const data = { ...ids, recordingUrl: 'https://video.example/r', durationSeconds: 60 };
    await publish(server, { type: 'video.recording.ready', agencyId: server.demo.agencyId, data });
    await eventually(async () => {
      expect(await deliveriesOf(server, accepted.id)).toMatchObject([{ status: 'delivered', response_status: 204 }]);
      expect(await deliveriesOf(server, redirected.id)).toMatchObject([{ status: 'failed', reason: 'redirect' }]);
    });
    expect(receiver.requests('/elsewhere')).toEqual([]);
  });
});
