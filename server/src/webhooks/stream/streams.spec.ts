import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eventually } from '../../../test/eventually.js';
import type { Identity } from '../../auth/identity.js';
import type { Listener, Notifications } from '../../database/notifications.js';
import type { TenantTransaction } from '../../database/tenant-transaction.js';
import { Loop } from '../../health/loop.js';
import type { Loops } from '../../health/loops.js';
import { Streams } from './streams.service.js';

const AGENCY = '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21';

afterEach(() => void jest.restoreAllMocks());

function setUp(run = () => Promise.reject(new Error('no database here'))) {
  let listener: Listener | null = null;
  const watched: string[] = [];
  const notifications = {
    listen: (_channel: string, heard: Listener) => (listener = heard),
    watch: async (agencyId: string) => void watched.push(agencyId),
    unwatch: async (agencyId: string) => void watched.splice(watched.indexOf(agencyId), 1),
  } as unknown as Notifications;
  const away = { run } as unknown as TenantTransaction;
  const loops = { add: (name, repeated) => new Loop({ name, ...repeated }) } as Loops;
  const streams = new Streams(notifications, away, {} as Identity, loops);
  streams.onApplicationBootstrap();
  const request = { actor: { agencyId: AGENCY, role: 'viewer' }, headers: {} } as unknown as FastifyRequest;
  const subscribe = async (opening: ReturnType<Streams['open']>) => {
    const messages: MessageEvent[] = [];
    const subscription = (await opening).subscribe((message) => messages.push(message));
    return { messages, close: () => subscription.unsubscribe() };
  };
  const change = () => listener!.onNotification(JSON.stringify({ agency_id: AGENCY, everything: true }));
  return { streams, request, subscribe, change, watched };
}

describe('a stream that is opened just when the feed of its agency expires', () => {
  it('receives later changes', async () => {
    const { streams, request, subscribe, change, watched } = setUp();
    const first = await subscribe(streams.open(request));
    first.close();
    const later = Date.now() + 60_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);
    const opening = streams.open(request);
    // The round that removes feeds without streams runs while the stream is being opened.
    await streams.count();
    const second = await subscribe(opening);
    jest.restoreAllMocks();
    expect(watched).toEqual([AGENCY]);
    change();
    await eventually(() => expect(second.messages.map(({ type }) => type)).toContain('reset'));
    second.close();
    streams.onModuleDestroy();
  });
});

it('counts do not pile up while the database hangs', async () => {
  const counting = jest.fn(() => new Promise<never>(() => undefined));
  const { streams, request, subscribe, change } = setUp(counting);
  const { close } = await subscribe(streams.open(request));
  for (let n = 0; n < 20; n++) {
    change();
    void streams.count();
  }
  // Of the stream that was opened, of the one round, and of the changes.
  await eventually(() => expect(counting.mock.calls.length).toBeGreaterThan(1));
  expect(counting.mock.calls.length).toBeLessThanOrEqual(3);
  close();
  streams.onModuleDestroy();
});
