import { randomUUID } from 'node:crypto';
import { Injectable, type MessageEvent, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Observable, type Subscriber } from 'rxjs';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { Identity } from '../../auth/identity.js';
import { Notifications } from '../../database/notifications.js';
import { retryOnConflict, ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Loop } from '../../health/loop.js';
import { Loops } from '../../health/loops.js';
import { AppError } from '../../lib/app-error.js';
import { Changes } from '../engine/changes.js';
import type { WebhookRef } from '../engine/queue/claimed-delivery.js';
import { PendingDrops } from '../engine/queue/pending-drops.js';
import { LISTENER_REQUESTS, type ListenerRequest } from '../engine/send/listener-posts.js';
import { endSessions, LISTENER_STREAMS, lockListener } from './listeners.service.js';

/*
 * The open streams of listeners in this process. A listener has one stream; a newer one, in any process, takes over.
 * While it has one, any process claims its deliveries and writes the requests into listener_requests, from which this
 * process sends them. A session without a stream for a minute ends: its webhook is switched off, and deleted a day
 * later.
 */

const HEARTBEAT_MS = 10_000;
/** After this time without a heartbeat the process of a stream is gone. */
const DEAD_SECONDS = 45;
const WITHOUT_STREAM_SECONDS = 60;
const KEPT_HOURS = 24;
const RETRY_MS = 1_000;
/** Ids of sent requests that a stream remembers; far fewer are waiting at the same time. */
const REMEMBERED = 1_000;

interface Stream {
  id: string;
  webhookId: string;
  agencyId: string;
  request: FastifyRequest;
  subscriber: Subscriber<MessageEvent>;
  /** Ids of requests that were sent. */
  sent: Set<string>;
}

type Row = { id: string; request: ListenerRequest };

const PENDING_SQL = /* sql */ `
select id, request from listener_requests
where webhook_id = $1 and ($2::uuid is null or id = $2) and answer is null
  and made_at > now() - interval '1 minute' order by id`;

@Injectable()
export class ListenerStreams implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #streams = new Map<string, Stream>();
  readonly #beat: Loop;
  #closing = false;

  constructor(
    private readonly transaction: TenantTransaction,
    private readonly database: ServiceDatabase,
    private readonly notifications: Notifications,
    private readonly identity: Identity,
    private readonly changes: Changes,
    private readonly drops: PendingDrops,
    private readonly audit: AuditLog,
    loops: Loops,
  ) {
    const [everyMs, pending] = [HEARTBEAT_MS, 'exists (select from listeners)'];
    this.#beat = loops.add('listener_streams', { everyMs, work: () => this.#beatAll() });
    loops.add('listeners', { everyMs, pending, work: () => this.#endOld() });
  }

  onApplicationBootstrap(): void {
    this.notifications.listen(LISTENER_REQUESTS, {
      onNotification: (payload) => {
        const [webhookId = '', requestId = ''] = payload.split(' ');
        const stream = this.#streams.get(webhookId);
        if (stream) void this.#pass(stream, requestId);
      },
      onReconnect: () => this.#streams.forEach((stream) => void this.#pass(stream)),
    });
    this.notifications.listen(LISTENER_STREAMS, {
      onNotification: (payload) => {
        const [webhookId = '', streamId = ''] = payload.split(' ');
        const stream = this.#streams.get(webhookId);
        if (stream && stream.id !== streamId) this.#end(stream, streamId === '-' ? 'session_ended' : 'taken_over');
      },
    });
  }

  /** Open streams would keep the HTTP server from closing. */
  onModuleDestroy(): void {
    this.#closing = true;
    for (const { subscriber } of this.#streams.values()) subscriber.complete();
  }

  /** Throws AppError not_found, or webhook_off when the session has ended. */
  async open(request: FastifyRequest, webhookId: string): Promise<Observable<MessageEvent>> {
    const { agencyId } = request.actor as AgencyActor;
    const id = randomUUID();
    await this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockListener(manager, agencyId, webhookId);
      if (!webhook.isActive) throw new AppError('webhook_off', 'The session of this listener has ended. Resume it.');
      await manager.query(
        'update listeners set stream = $3, seen_at = now() where webhook_id = $1 and agency_id = $2',
        [webhookId, agencyId, id],
      );
    });
    return new Observable((subscriber) => {
      if (this.#closing) return subscriber.complete();
      const stream: Stream = { id, webhookId, agencyId, request, subscriber, sent: new Set() };
      const before = this.#streams.get(webhookId);
      this.#streams.set(webhookId, stream);
      if (before) this.#end(before, 'taken_over');
      subscriber.next({ type: 'heartbeat', retry: RETRY_MS, data: '{}' });
      void this.#opened(stream);
      return () => void this.#closed(stream);
    });
  }

  /** Opens the webhook, so that its deliveries are claimed, and sends the requests that wait. */
  async #opened(stream: Stream): Promise<void> {
    try {
      await this.#setUnheard(stream, null);
      await this.database.query(`select pg_notify($1, $2), pg_notify('bpoc_due', '')`, [
        LISTENER_STREAMS,
        `${stream.webhookId} ${stream.id}`,
      ]);
      await this.#pass(stream);
    } catch {
      // The program connects again.
      stream.subscriber.complete();
    }
  }

  async #closed(stream: Stream): Promise<void> {
    if (this.#streams.get(stream.webhookId) === stream) this.#streams.delete(stream.webhookId);
    try {
      await this.#setUnheard(stream, 'infinity');
      await this.database.query(
        'update listeners set stream = null, seen_at = now() where webhook_id = $1 and stream = $2',
        [stream.webhookId, stream.id],
      );
    } catch {
      // The loop ends a session whose stream has no more heartbeats.
    }
  }

  /** Changes nothing if the listener has another stream by now. */
  #setUnheard({ webhookId, id }: Stream, until: 'infinity' | null): Promise<unknown> {
    return this.database.query(
      `update webhook_health set unheard_until = $3 where webhook_id = $1
         and exists (select from listeners where webhook_id = $1 and stream = $2)`,
      [webhookId, id, until],
    );
  }

  /** Sends a request, by default all that wait. Never rejects: the sender of the request times out. */
  async #pass(stream: Stream, requestId: string | null = null): Promise<void> {
    try {
      const rows = await this.database.query<Row>(PENDING_SQL, [stream.webhookId, requestId]);
      for (const { id, request } of rows) {
        if (stream.sent.has(id)) continue;
        stream.sent.add(id);
        for (const old of stream.sent) if (stream.sent.size > REMEMBERED) stream.sent.delete(old);
        stream.subscriber.next({ type: 'request', id, data: JSON.stringify({ id, ...request }) });
      }
    } catch {
      // While the database is unavailable, requests are not answered anyway.
    }
  }

  #end({ subscriber }: Stream, reason: 'taken_over' | 'session_ended'): void {
    subscriber.next({ type: 'end', data: JSON.stringify({ reason }) });
    subscriber.complete();
  }

  heartbeat(): Promise<void> {
    return this.#beat.tick();
  }

  async #beatAll(): Promise<void> {
    for (const stream of this.#streams.values()) {
      const { subscriber, request, agencyId } = stream;
      subscriber.next({ type: 'heartbeat', data: '{}' });
      if (!(await this.identity.stillHas(request, agencyId, 'webhooks.write'))) {
        subscriber.complete();
        continue;
      }
      const reason = await this.#seen(stream);
      if (reason) this.#end(stream, reason);
    }
  }

  /** Why the listener no longer has this stream, of which the notification may be lost; null: it has. */
  async #seen({ webhookId, id }: Stream): Promise<'taken_over' | 'session_ended' | null> {
    const [row] = await this.database.query<{ mine: boolean; stream: string | null }>(
      `with seen as (
         update listeners set seen_at = now() where webhook_id = $1 and stream = $2 returning webhook_id
       )
       select exists (select from seen) as mine, (select stream from listeners where webhook_id = $1) as stream`,
      [webhookId, id],
    );
    if (row!.mine) return null;
    return row!.stream === null ? 'session_ended' : 'taken_over';
  }

  async #endOld(): Promise<void> {
    const ended = await retryOnConflict(() =>
      this.database.transaction(async (manager) => {
        const rows = await endSessions(
          manager,
          `l.seen_at < now() - make_interval(secs => case when l.stream is null then $1::float8 else $2 end)`,
          [WITHOUT_STREAM_SECONDS, WITHOUT_STREAM_SECONDS + DEAD_SECONDS],
        );
        for (const { agencyId, webhookId } of rows) {
          const details = { off_reason: 'session_ended' };
          const entry = {
            action: 'webhook.switched_off',
            agencyId,
            targetKind: 'webhook',
            targetId: webhookId,
            details,
          };
          await this.audit.record(manager, null, entry);
          // Its stream may still be open, if heartbeats were only late.
          await manager.query('select pg_notify($1, $2)', [LISTENER_STREAMS, `${webhookId} -`]);
        }
        return rows;
      }),
    );
    const deleted = await this.database.query<WebhookRef>(
      `update webhooks set deleted_at = now(), version = version + 1, updated_at = now()
       where kind = 'listen' and not is_active and deleted_at is null
         and off_at < now() - interval '${KEPT_HOURS} hours'
       returning id as "webhookId", agency_id as "agencyId"`,
    );
    for (const webhook of [...ended, ...deleted]) {
      this.changes.webhook(webhook.agencyId, webhook.webhookId);
      this.drops.later(webhook);
    }
    await this.database.query(
      'delete from listeners l using webhooks w where w.id = l.webhook_id and w.deleted_at is not null',
    );
    await this.database.query(`delete from listener_requests where made_at < now() - interval '10 minutes'`);
  }
}
