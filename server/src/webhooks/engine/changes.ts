import { Injectable } from '@nestjs/common';
import { watchKey, WATCH_LOCKS } from '../../database/notifications.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { ChangedIds } from './changed-ids.js';

/*
 * Publishes which rows have changed, for live views in any process. Called after the commit; costs the caller one entry
 * in a set. At most four times a second one statement publishes for all agencies, and only for agencies that some
 * process watches. Notifications are hints: the watchers make up for a lost one.
 */

export const CHANGES_CHANNEL = 'bpoc_changes';

const EVERY_MS = 250;
const RETRY_MS = 1_000;

const WATCHED_SQL = /* sql */ `
select objid::bigint as key from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())`;

const NOTIFY_SQL = `select pg_notify('${CHANGES_CHANNEL}', p) from unnest($1::text[]) as p`;

@Injectable()
export class Changes {
  #pending = new Map<string, ChangedIds>();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #publishing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly database: ServiceDatabase) {}

  delivery(agencyId: string, id: string): void {
    this.#of(agencyId).add('deliveries', id);
  }

  webhook(agencyId: string, id: string): void {
    this.#of(agencyId).add('webhooks', id);
  }

  recovery(agencyId: string, id: string): void {
    this.#of(agencyId).add('recoveries', id);
  }

  /** More changes than can be listed: watchers reload everything. */
  everything(agencyId: string): void {
    this.#of(agencyId).addEverything();
  }

  /** Publishes what is still pending. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#publishing;
    if (this.#pending.size > 0) await this.#publish();
  }

  #of(agencyId: string): ChangedIds {
    let ids = this.#pending.get(agencyId);
    if (!ids) this.#pending.set(agencyId, (ids = new ChangedIds()));
    this.#schedule(Math.max(0, this.#lastMs + EVERY_MS - Date.now()));
    return ids;
  }

  #schedule(ms: number): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => void (this.#publishing = this.#publish()), ms);
  }

  async #publish(): Promise<void> {
    const batch = this.#pending;
    this.#pending = new Map();
    this.#lastMs = Date.now();
    try {
      // First: mostly no process watches, and writing the ids of all changes down takes longer than asking that.
      const rows = await this.database.prepared<{ key: string }>('watched', WATCHED_SQL, [WATCH_LOCKS]);
      const watched = new Set(rows.map(({ key }) => Number(key)));
      const payloads = [...batch].flatMap(([agencyId, ids]) =>
        watched.has(watchKey(agencyId) >>> 0) ? [ids.toPayload(agencyId)] : [],
      );
      if (payloads.length > 0) await this.database.prepared('notify', NOTIFY_SQL, [payloads]);
      this.#timer = undefined;
      if (this.#pending.size > 0) this.#schedule(Math.max(0, this.#lastMs + EVERY_MS - Date.now()));
    } catch {
      // The database is unavailable, so watchers cannot read the rows now either.
      for (const [agencyId, ids] of batch) this.#merge(agencyId, ids);
      this.#timer = undefined;
      this.#schedule(RETRY_MS);
    }
  }

  #merge(agencyId: string, ids: ChangedIds): void {
    const later = this.#pending.get(agencyId);
    if (later) later.addAll(ids);
    else this.#pending.set(agencyId, ids);
  }
}
