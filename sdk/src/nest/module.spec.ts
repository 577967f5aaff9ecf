import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { BpocWebhooksModule, PublishAsWebhook, RecordingPublisher, WebhookPublisher } from './main.js';

const AGENCY = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21';

const offer = (offerId: string) => ({
  offerId,
  applicationId: 'a',
  candidateId: 'c',
  acceptedAt: '2026-01-22T10:29:00Z',
  agencyId: AGENCY,
});

class OfferAccepted {
  constructor(readonly offerId: string) {}
}
PublishAsWebhook('offer.accepted', (event: OfferAccepted) =>
  event.offerId === 'internal' ? null : offer(event.offerId),
)(OfferAccepted);

class Emitted {
  offerId!: string;
}
PublishAsWebhook('offer.accepted', ({ offerId }: Emitted) => offer(offerId), { on: 'offers.accepted' })(Emitted);

class Other {}

let sent: { type: string; data: { offerId: string } }[] = [];
let answer = () => new Response('{"id":"e","deliveries":0}', { status: 202 });
let app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>;

beforeEach(async () => {
  sent = [];
  answer = () => new Response('{"id":"e","deliveries":0}', { status: 202 });
  const server: typeof fetch = async (_url, init) => {
    sent.push(JSON.parse(init?.body as string) as (typeof sent)[number]);
    return answer();
  };
  const webhooks = BpocWebhooksModule.forRootAsync({
    useFactory: () => ({ url: 'http://server.example', token: 't', fetch: server, retries: 0 }),
  });
  class AppModule {}
  Module({ imports: [CqrsModule.forRoot(), EventEmitterModule.forRoot(), webhooks] })(AppModule);
  app = await NestFactory.createApplicationContext(AppModule, { logger: false });
});
afterEach(() => app.close());

const sentOffers = () => sent.map(({ type, data }) => `${type} ${data.offerId}`);

it('provides the publisher, with a helper for each event', async () => {
  await app.get(WebhookPublisher).webhookOfferAccepted(offer('direct'));
  expect(sentOffers()).toEqual(['offer.accepted direct']);
});

it('refuses a transaction without an outbox, because it would have no effect', async () => {
  const tx = { query: async () => [] };
  await expect(app.get(WebhookPublisher).webhookOfferAccepted(offer('direct'), tx)).rejects.toThrow('needs an outbox');
  expect(sent).toEqual([]);
});

it('publishes decorated events of the EventBus, and the publish of the bus waits for it', async () => {
  const seen: unknown[] = [];
  app.get(EventBus).subscribe((event) => seen.push(event));
  await app.get(EventBus).publish(new OfferAccepted('one'));
  expect(sentOffers()).toEqual(['offer.accepted one']);
  await app.get(EventBus).publishAll([new OfferAccepted('two'), new Other(), new OfferAccepted('internal')]);
  expect(sentOffers()).toEqual(['offer.accepted one', 'offer.accepted two']);
  expect(seen).toHaveLength(4);
});

it('publishes decorated events of the emitter by class, and plain objects by name', async () => {
  const emitter = app.get(EventEmitter2);
  await emitter.emitAsync('any.name', new OfferAccepted('by class'));
  await emitter.emitAsync('offers.accepted', { offerId: 'by name' });
  await emitter.emitAsync('offers.other', { offerId: 'no' });
  await emitter.emitAsync('any.name', new Other());
  expect(sentOffers()).toEqual(['offer.accepted by class', 'offer.accepted by name']);
});

it('rejects if the caller awaits, and only logs otherwise', async () => {
  answer = () => new Response('{"code":"validation_failed","detail":"Wrong."}', { status: 400 });
  await expect(app.get(EventBus).publish(new OfferAccepted('one'))).rejects.toThrow('Wrong.');
  await expect(app.get(EventEmitter2).emitAsync('any', new OfferAccepted('two'))).rejects.toThrow('Wrong.');
  app.get(EventEmitter2).emit('any', new OfferAccepted('three'));
});

it('has a double for tests, which records what would be sent and refuses what the catalogue refuses', async () => {
  const publisher = new RecordingPublisher();
  const { id } = await publisher.webhookOfferAccepted(offer('recorded'), { query: async () => [] });
  await expect(publisher.webhookOfferAccepted({ ...offer('x'), acceptedAt: 'today' })).rejects.toThrow(
    'data.acceptedAt must be a time in UTC',
  );
  const { agencyId, ...data } = offer('recorded');
  const occurredAt = expect.stringMatching(/Z$/);
  expect(publisher.events).toEqual([{ id, type: 'offer.accepted', agencyId, data, occurredAt }]);
  expect(publisher.relay).toBeNull();
});

it('waits on shutdown for publishes in flight', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const publisher = app.get(WebhookPublisher);
  const held202 = async () => {
    await held;
    return new Response('{"id":"late","deliveries":0}', { status: 202 });
  };
  answer = held202 as never;
  const ends: string[] = [];
  const published = publisher.webhookOfferAccepted(offer('late')).then(({ id }) => ends.push(id));
  const closed = app.close().then(() => ends.push('closed'));
  await new Promise(setImmediate);
  expect(ends).toEqual([]);
  release();
  await Promise.all([published, closed]);
  expect(ends).toEqual(['late', 'closed']);
});
