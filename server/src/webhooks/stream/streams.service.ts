import { randomBytes } from 'node:crypto';
import {
  Injectable,
  Logger,
  type MessageEvent,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { Identity } from '../../auth/identity.js';
import { AppError } from '../../lib/app-error.js';
import { Notifications } from '../../database/notifications.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Loop } from '../../health/loop.js';
import { Loops } from '../../health/loops.js';
import { tooManyRequests } from '../../http/attempt-limit.js';
import { Batcher } from '../engine/batcher.js';
import { ChangedIds, CHANGES_CHANNEL } from '../engine/changes.js';
import { AgencyFeed, type OpenStream } from './agency-feed.js';

/*
 * The open streams of this process, by agency. They share one listening connection and two concurrent read
 * transactions, so that live views take no connections away from requests.
 */

/** One per browser and person would be a few dozen. */
export const STREAMS_PER_AGENCY = 100;
const STREAMS_PER_PROCESS = 2_000;
const CONCURRENT_READS = 2;
const RETRY_MS = 3_000;
const RETRY_AFTER_SECONDS = 30;
/** A feed outlives its last stream, so that a client that reconnects in time has missed nothing. */
const LINGER_MS = 10_000;
const COUNTS_MS = 5_000;
const CHECK_MS = 30_000;
/** 60 bytes for each stream. Browsers give up a connection after two missing heartbeats (admin/src/api/live). */
const HEARTBEAT_MS = 8_000;

interface Stream extends OpenStream {
  request: FastifyRequest;
  agencyId: string;
  end(): void;
}

interface Feed {
  feed: AgencyFeed;
  /** Resolves when every process knows that this one watches the agency. */
  watched: Promise<void>;
  emptySinceMs: number;
}

@Injectable()
export class Streams implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #log = new Logger('Streams');
  readonly #process = randomBytes(6).toString('hex');
  readonly #feeds = new Map<string, Feed>();
  readonly #streams = new Set<Stream>();
  readonly #reads = new Batcher<() => Promise<unknown>, unknown>({
    run: async ([work]) => [await work!()],
    maxItems: 1,
    concurrency: CONCURRENT_READS,
  });
  #n = 0;
  readonly #check: Loop;
  readonly #counts: Loop;
  #closing = false;

  constructor(
    private readonly notifications: Notifications,
    private readonly transaction: TenantTransaction,
    private readonly identity: Identity,
    loops: Loops,
  ) {
    this.#check = loops.add('stream_check', { everyMs: CHECK_MS, work: () => this.#checkAll() });
    this.#counts = loops.add('stream_counts', { everyMs: COUNTS_MS, work: () => this.#countAll() });
  }

  onApplicationBootstrap(): void {
    this.notifications.listen(CHANGES_CHANNEL, {
      onNotification: (payload) => this.#onNotification(payload),
      onReconnect: () => this.#feeds.forEach(({ feed }) => feed.missed()),
    });
  }

  /** Otherwise open streams would keep the HTTP server from closing. */
  onModuleDestroy(): void {
    this.#closing = true;
    for (const stream of this.#streams) stream.end();
    for (const { feed } of this.#feeds.values()) feed.close();
  }

  /**
   * The stream of a signed-in caller. Everything committed after its first message, a heartbeat, is published. Fails
   * with AppError too_many_requests beyond the limits, before anything is sent.
   */
  async open(request: FastifyRequest): Promise<Observable<MessageEvent>> {
    const { agencyId, role } = request.actor as AgencyActor;
    const entry = await this.#watchedFeedOf(agencyId);
    const { 'last-event-id': last } = request.headers;
    return new Observable((subscriber) => {
      const { feed } = entry;
      const first = { type: 'heartbeat', id: feed.lastId, retry: RETRY_MS, data: '{}' };
      if (this.#closing) {
        // Completed without an error: after one, browsers do not reconnect.
        subscriber.next(first);
        return subscriber.complete();
      }
      const refusal = this.#refusalFor(feed);
      if (refusal) return subscriber.error(refusal);
      const send = (message: MessageEvent) => subscriber.next(message);
      const stream: Stream = { request, agencyId, role, send, end: () => subscriber.complete() };
      this.#streams.add(stream);
      send(first);
      if (last !== undefined && last !== feed.lastId) send({ type: 'reset', id: feed.lastId, data: '{}' });
      feed.add(stream);
      return () => {
        this.#streams.delete(stream);
        feed.streams.delete(stream);
        entry.emptySinceMs = Date.now();
      };
    });
  }

  @Interval('stream-heartbeat', HEARTBEAT_MS)
  heartbeat(): void {
    for (const { feed } of this.#feeds.values()) feed.heartbeat();
  }

  count(): Promise<void> {
    return this.#counts.tick();
  }

  async #countAll(): Promise<void> {
    const now = Date.now();
    for (const [agencyId, { feed, emptySinceMs }] of this.#feeds) {
      if (feed.streams.size > 0 || now - emptySinceMs < LINGER_MS) continue;
      feed.close();
      this.#feeds.delete(agencyId);
      void this.notifications.unwatch(agencyId);
    }
    await Promise.all([...this.#feeds.values()].map(({ feed }) => feed.count()));
  }

  /** Ends streams whose caller has lost access. */
  check(): Promise<void> {
    return this.#check.tick();
  }

  async #checkAll(): Promise<void> {
    for (const stream of this.#streams) {
      try {
        const actor = await this.identity.authenticate(stream.request);
        if (actor.agencyId === stream.agencyId && actor.role !== null) stream.role = actor.role;
        else stream.end();
      } catch (error) {
        if (error instanceof AppError && error.code !== 'identity_unavailable') stream.end();
        else if (!(error instanceof AppError)) {
          // The database is down: nothing is published until the next round checks again.
          this.#log.debug(`checking streams failed: ${String(error)}`);
          return;
        }
      }
    }
  }

  #refusalFor(feed: AgencyFeed): AppError | null {
    if (feed.streams.size >= STREAMS_PER_AGENCY)
      return tooManyRequests(`This agency has ${STREAMS_PER_AGENCY} open streams, the maximum.`, RETRY_AFTER_SECONDS);
    if (this.#streams.size >= STREAMS_PER_PROCESS)
      return tooManyRequests('This server has as many open streams as it can serve.', RETRY_AFTER_SECONDS);
    return null;
  }

  /** A feed that is subscribed and has just been kept alive, so that a stream can be added. */
  async #watchedFeedOf(agencyId: string): Promise<Feed> {
    for (;;) {
      const entry = this.#feedOf(agencyId);
      await entry.watched;
      entry.emptySinceMs = Date.now();
      // It may have been removed meanwhile.
      if (this.#feeds.get(agencyId) === entry) return entry;
    }
  }

  #feedOf(agencyId: string): Feed {
    let entry = this.#feeds.get(agencyId);
    if (!entry) {
      const feed = new AgencyFeed({
        nextId: () => `${this.#process}-${++this.#n}`,
        read: <T>(work: (manager: EntityManager, id: string) => Promise<T>) =>
          this.#reads.add(() => this.transaction.run(agencyId, (manager) => work(manager, agencyId))) as Promise<T>,
      });
      entry = { feed, watched: this.notifications.watch(agencyId), emptySinceMs: Date.now() };
      this.#feeds.set(agencyId, entry);
    }
    return entry;
  }

  #onNotification(payload: string): void {
    try {
      const { agencyId, ids } = ChangedIds.parse(payload);
      this.#feeds.get(agencyId)?.feed.notify(ids);
    } catch (error) {
      this.#log.warn(`invalid notification: ${String(error)}`);
    }
  }
}
