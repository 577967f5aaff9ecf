import type { MessageEvent } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DAY_MS } from '../../lib/time.js';
import { hasRole, type Role, roleFor } from '../../auth/role.js';
import { ChangedIds } from '../engine/changes.js';
import type { StreamMessage, StreamCounts, StreamDelivery, StreamWebhook } from './stream.dto.js';
import { countDeliveries } from '../deliveries/delivery-queries.js';
import { findRecoveries } from '../recoveries/recoveries.service.js';
import { findWebhooksByIds, type WebhookRow } from '../settings/webhook-queries.js';
import { healthOf } from '../settings/health-state.js';

/*
 * The feed of one agency in this process: collects changed ids, reads their rows at most four times a second, and sends
 * the same messages to every stream. There is no replay: a client that missed something gets a `reset` and reloads.
 */

const BURST_EVERY_MS = 250;
/** Each reset makes every open page reload, so their rate is limited under a flood of changes. */
const RESET_EVERY_MS = 2_000;
/** After a read that failed. */
const RETRY_MS = 1_000;
/** Counts change on their own, because they cover the last 24 hours. */
const RECOUNT_EVERY_MS = 60_000;
/** How long a finished recovery is still polled: its last deliveries are in flight. */
const FINISHED_RECOVERY_MS = 600_000;

export interface OpenStream {
  role: Role;
  send(message: MessageEvent): void;
}

interface FeedParts {
  /** Runs `work` in a transaction that sees only this agency. */
  read<T>(work: (manager: EntityManager, agencyId: string) => Promise<T>): Promise<T>;
  /** A message id that is unique in this process. */
  nextId(): string;
}

export class AgencyFeed {
  readonly streams = new Set<OpenStream>();
  /** The id of the last message. A client that reconnects with another one has missed something. */
  lastId: string;
  #pending = new ChangedIds();
  #timer: NodeJS.Timeout | undefined;
  #lastReadMs = 0;
  #lastResetMs = 0;
  #counts: string | null = null;
  #countedMs = 0;
  #changed = true;
  readonly #recoveries = new Map<string, string>();

  constructor(private readonly parts: FeedParts) {
    this.lastId = parts.nextId();
  }

  add(stream: OpenStream): void {
    this.streams.add(stream);
    if (this.streams.size > 1 && this.#counts !== null) {
      stream.send({ type: 'counts', id: this.lastId, data: this.#counts });
      return;
    }
    this.#counts = null;
    void this.count();
  }

  notify(ids: ChangedIds): void {
    this.#changed = true;
    // No stream is open, but a client that reconnects has missed this.
    if (this.streams.size === 0) this.lastId = this.parts.nextId();
    else {
      this.#pending.addAll(ids);
      this.#schedule();
    }
  }

  /** To be called when notifications may have been missed. */
  missed(): void {
    const ids = new ChangedIds();
    ids.addEverything();
    this.notify(ids);
  }

  heartbeat(): void {
    for (const stream of this.streams) stream.send({ type: 'heartbeat', id: this.lastId, data: '{}' });
  }

  /** Sends the counts if they have changed, and polls recoveries. Never rejects. */
  async count(): Promise<void> {
    if (this.streams.size === 0) return;
    const now = Date.now();
    if (!this.#changed && this.#counts !== null && now - this.#countedMs < RECOUNT_EVERY_MS) return;
    this.#changed = false;
    this.#countedMs = now;
    for (const id of this.#recoveries.keys()) this.#pending.add('recoveries', id);
    if (!this.#pending.isEmpty) this.#schedule();
    try {
      const counts = await this.parts.read(readCounts);
      const text = JSON.stringify(counts);
      if (text === this.#counts) return;
      this.#counts = text;
      this.#send({ type: 'counts', data: counts });
    } catch {
      // The database is down: the next round counts.
      this.#changed = true;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #schedule(atLeastMs = 0): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(atLeastMs, this.#lastReadMs + BURST_EVERY_MS - Date.now());
    this.#timer = setTimeout(() => void this.#burst(), wait);
  }

  async #burst(): Promise<void> {
    const untilReset = this.#lastResetMs + RESET_EVERY_MS - Date.now();
    let wait = 0;
    if (this.#pending.everything && untilReset > 0) wait = untilReset;
    else {
      const ids = this.#pending;
      this.#pending = new ChangedIds();
      this.#lastReadMs = Date.now();
      try {
        await this.#publish(ids);
      } catch {
        this.#pending.addEverything();
        wait = RETRY_MS;
      }
    }
    this.#timer = undefined;
    if (!this.#pending.isEmpty) this.#schedule(wait);
  }

  async #publish(ids: ChangedIds): Promise<void> {
    if (ids.everything) {
      this.#lastResetMs = Date.now();
      this.#send({ type: 'reset', data: {} });
      return;
    }
    const messages = await this.parts.read((manager, agencyId) => readChanges(manager, agencyId, ids));
    for (const message of messages) if (this.#isNew(message)) this.#send(message);
  }

  #isNew(message: StreamMessage): boolean {
    if (message.type !== 'recovery') return true;
    const { id, finished_at } = message.data;
    const text = JSON.stringify(message.data);
    const known = this.#recoveries.get(id);
    const over = finished_at !== null && finished_at.getTime() < Date.now() - FINISHED_RECOVERY_MS;
    if (over) this.#recoveries.delete(id);
    else this.#recoveries.set(id, text);
    return text !== known;
  }

  #send({ type, data }: StreamMessage): void {
    this.lastId = this.parts.nextId();
    const message = { type, id: this.lastId, data: JSON.stringify(data) };
    for (const stream of this.streams) {
      // The same right as for GET /recoveries/:id.
      if (type !== 'recovery' || hasRole(stream.role, roleFor('recoveries.run'))) stream.send(message);
    }
  }
}

/* The reads of the feed, with the rights of the agency: only the ids of notifications are trusted. */

/** A message for each id that exists, and for each deleted webhook. */
async function readChanges(manager: EntityManager, agencyId: string, ids: ChangedIds): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  if (ids.deliveries.size > 0) {
    const deliveries: StreamDelivery[] = await manager.query(
      `select id, webhook_id, event_type as event, test, state as status, attempts, last_status as response_status,
         last_reason as reason, duration_ms, next_attempt_at
       from all_deliveries where agency_id = $1 and id = any($2) order by id`,
      [agencyId, [...ids.deliveries]],
    );
    for (const data of deliveries) messages.push({ type: 'delivery', data });
  }
  if (ids.webhooks.size > 0) {
    const rows = await findWebhooksByIds(manager, agencyId, [...ids.webhooks]);
    for (const row of rows) messages.push({ type: 'webhook', data: webhookJson(row) });
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids.webhooks) if (!found.has(id)) messages.push({ type: 'webhook', data: { id, deleted: true } });
  }
  if (ids.recoveries.size > 0) {
    const recoveries = await findRecoveries(manager, agencyId, [...ids.recoveries]);
    for (const data of recoveries) messages.push({ type: 'recovery', data });
  }
  return messages;
}

/** Of the last 24 hours, without tests. */
async function readCounts(manager: EntityManager, agencyId: string): Promise<StreamCounts> {
  const from = new Date(Date.now() - DAY_MS).toISOString();
  const { total, ...counts } = await countDeliveries(manager, agencyId, { from });
  return { all: total, ...counts };
}

function webhookJson(row: WebhookRow): StreamWebhook {
  const { delivered, failed, failed_attempts, left_out } = row.last_24h;
  return {
    id: row.id,
    health: healthOf(row),
    failures_in_a_row: row.failures_in_a_row,
    is_active: row.is_active,
    paused_until: row.paused_until,
    held_until: row.held_until,
    off_reason: row.off_reason,
    counts_24h: { delivered, failed, failed_attempts, left_out },
  };
}
