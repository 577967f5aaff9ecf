import { randomUUID } from 'node:crypto';
import { Pool, type Dispatcher } from 'undici';
import { messageBody, type DomainEvent } from '../src/events/publishable-event.js';
import { messageHeaders, signingKeys } from '../src/webhooks/engine/send/message-headers.js';
import { newSecret } from '../src/webhooks/model/webhook-secrets.js';
import { sharedMs } from './clock.js';
import { eachOf } from './publish.js';
import type { Receiver } from './receiver.js';
import { verifyPosts } from './verify.js';

/*
 * The upper bound: the same message and headers, signed once, posted by undici's leanest call (dispatch) from this
 * process to the same receiver. Nothing is stored, signed per request, timed, guarded or recorded.
 */

/** The server's own limit of connections to one origin. */
const CONNECTIONS = 128;

export interface Posts {
  perSecond: number;
  /** Milliseconds of this process's CPU per 1,000 posts. */
  cpu: number;
}

export async function barePosts(
  receiver: Receiver,
  event: DomainEvent,
  { count, concurrency, secure = false }: { count: number; concurrency: number; secure?: boolean },
): Promise<Posts> {
  await receiver.reset();
  const connections = Math.min(CONNECTIONS, concurrency);
  const pool = new Pool(secure ? receiver.secureOrigin : receiver.plainOrigin, { connections, pipelining: 1 });
  const body = messageBody(event.type, new Date(), event.data);
  const headers = Object.entries(signedHeaders(event, body)).flat();
  const idIndex = headers.indexOf('x-webhook-delivery') + 1;
  const ids = Array.from({ length: count }, () => randomUUID());
  const before = process.cpuUsage();
  const start = sharedMs();
  await eachOf(count, connections, (index) =>
    post(pool, { method: 'POST', path: '/ok', headers: headers.with(idIndex, ids[index]!), body }),
  );
  const seconds = (sharedMs() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  await pool.close();
  verifyPosts(await receiver.received(), count);
  return { perSecond: count / seconds, cpu: (user + system) / count };
}

function signedHeaders(event: DomainEvent, body: string): Record<string, string> {
  const keys = signingKeys(newSecret());
  const none = { tool: null, headers: {}, headerNames: [], previous: null };
  const config = { version: 1, url: '', retryPlan: 'standard' as const, current: keys, ...none };
  const ids = { deliveryId: randomUUID(), agencyId: event.agencyId, webhookId: randomUUID(), eventId: randomUUID() };
  const delivery = {
    ...ids,
    version: 1,
    eventType: event.type,
    body,
    test: false,
    attempt: 1,
    failures: 0,
    interruptions: 0,
    logged: false,
    held: null,
    turn: null,
    group: null,
    token: '',
  };
  return { 'accept-encoding': 'identity', ...messageHeaders(delivery, config, Date.now()).sent };
}

function post(pool: Pool, options: Dispatcher.DispatchOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    pool.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
