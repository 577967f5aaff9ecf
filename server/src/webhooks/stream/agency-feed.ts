import type { MessageEvent } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { hasRole, type Role, roleFor } from '../../auth/role.js';
import { ChangedIds } from '../engine/changed-ids.js';
import { readChanges, readCounts } from './stream-rows.js';
import type { StreamMessage } from './stream.dto.js';

/*
 * One agency as its open streams in this process see it: gathers hints, reads the rows at most four times a second, and tells every stream
 * the same. Nothing is kept to be replayed: whoever missed something is told to ask for everything again.
 */

const BURST_EVERY_MS = 250;
/** Each reset makes every open page ask again: under a flood of changes not oftener than this. */
const RESET_EVERY_MS = 2_000;
/** After a read that failed. */
const RETRY_MS = 1_000;
/** Without any change the counts still sink, because 24 hours pass. */
const COUNT_ANYWAY_MS = 60_000;
/** So long a recovery that is over is looked at: its last deliveries are still under way. */
const RECOVERY_ECHO_MS = 600_000;

export interface OpenStream {
  role: Role;
  send(message: MessageEvent): void;
}

export interface FeedParts {
  /** Runs work in a transaction that sees the agency alone. */
  read<T>(work: (manager: EntityManager, agencyId: string) => Promise<T>): Promise<T>;
  /** An id that no message of this process had yet. */
  nextId(): string;
}

export class AgencyFeed {
  readonly streams = new Set<OpenStream>();
  /** Of the last message: a reconnect that names another one has missed something. */
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

  /** Something has changed. */
  hear(ids: ChangedIds): void {
    this.#changed = true;
    // Nobody to tell, but whoever comes back has missed it.
    if (this.streams.size === 0) this.lastId = this.parts.nextId();
    else {
      this.#pending.addAll(ids);
      this.#soon();
    }
  }

  /** Something may have changed that nobody heard of. */
  missed(): void {
    const ids = new ChangedIds();
    ids.addEverything();
    this.hear(ids);
  }

  heartbeat(): void {
    for (const stream of this.streams) stream.send({ type: 'heartbeat', id: this.lastId, data: '{}' });
  }

  /** Tells the counts if they have changed, and looks after recoveries. Never rejects. */
  async count(): Promise<void> {
    if (this.streams.size === 0) return;
    const now = Date.now();
    if (!this.#changed && this.#counts !== null && now - this.#countedMs < COUNT_ANYWAY_MS) return;
    this.#changed = false;
    this.#countedMs = now;
    for (const id of this.#recoveries.keys()) this.#pending.add('recoveries', id);
    if (!this.#pending.isEmpty) this.#soon();
    try {
      const counts = await this.parts.read(readCounts);
      const text = JSON.stringify(counts);
      if (text === this.#counts) return;
      this.#counts = text;
      this.#send({ type: 'counts', data: counts });
    } catch {
      // The database is away: the next round counts.
      this.#changed = true;
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #soon(atLeastMs = 0): void {
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
        await this.#tell(ids);
      } catch {
        this.#pending.addEverything();
        wait = RETRY_MS;
      }
    }
    this.#timer = undefined;
    if (!this.#pending.isEmpty) this.#soon(wait);
  }

  async #tell(ids: ChangedIds): Promise<void> {
    if (ids.everything) {
      this.#lastResetMs = Date.now();
      this.#send({ type: 'reset', data: {} });
      return;
    }
    const messages = await this.parts.read((manager, agencyId) => readChanges(manager, agencyId, ids));
    for (const message of messages) if (this.#isNews(message)) this.#send(message);
  }

  #isNews(message: StreamMessage): boolean {
    if (message.type !== 'recovery') return true;
    const { id, finished_at } = message.data;
    const text = JSON.stringify(message.data);
    const known = this.#recoveries.get(id);
    if (finished_at !== null && Date.parse(finished_at) < Date.now() - RECOVERY_ECHO_MS) this.#recoveries.delete(id);
    else this.#recoveries.set(id, text);
    return text !== known;
  }

  #send({ type, data }: StreamMessage): void {
    this.lastId = this.parts.nextId();
    const message = { type, id: this.lastId, data: JSON.stringify(data) };
    for (const stream of this.streams) {
      // As GET /recoveries/:id is for admins.
      if (type !== 'recovery' || hasRole(stream.role, roleFor('recoveries.run'))) stream.send(message);
    }
  }
}
