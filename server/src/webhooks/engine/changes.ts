import { Injectable } from '@nestjs/common';
import { WATCH_LOCKS, watchKey } from '../../database/notifications.js';
import { ServiceDatabase } from '../../database/service-database.js';

/*
 * The ids of rows of one agency that have changed: collected here, and again by each process that gets the
 * notification. Pure. Above a limit they become "everything", so a notification never exceeds the 8,000 bytes
 * PostgreSQL allows.
 */

const MOST = { deliveries: 100, webhooks: 50, recoveries: 10 } as const;

type Kind = keyof typeof MOST;

export class ChangedIds {
  readonly deliveries = new Set<string>();
  readonly webhooks = new Set<string>();
  readonly recoveries = new Set<string>();
  /** Too many changes to list. */
  everything = false;

  get isEmpty(): boolean {
    return !this.everything && this.deliveries.size + this.webhooks.size + this.recoveries.size === 0;
  }

  add(kind: Kind, id: string): void {
    if (this.everything) return;
    this[kind].add(id);
    if (this[kind].size > MOST[kind]) this.addEverything();
  }

  addEverything(): void {
    this.everything = true;
    for (const kind of KINDS) this[kind].clear();
  }

  addAll(other: ChangedIds): void {
    if (other.everything) this.addEverything();
    for (const kind of KINDS) for (const id of other[kind]) this.add(kind, id);
  }

  /** The notification: `{"agency_id": …, "deliveries": […], …}`, or `"everything": true`. */
  toPayload(agencyId: string): string {
    const lists = Object.fromEntries(
      KINDS.filter((kind) => this[kind].size > 0).map((kind) => [kind, [...this[kind]]]),
    );
    return JSON.stringify({ agency_id: agencyId, ...(this.everything ? { everything: true } : lists) });
  }

  /** Parses a notification. Throws for any other text. */
  static parse(payload: string): { agencyId: string; ids: ChangedIds } {
    const parsed = JSON.parse(payload) as { agency_id: string; everything?: boolean } & Partial<Record<Kind, string[]>>;
    const ids = new ChangedIds();
    if (parsed.everything) ids.addEverything();
    for (const kind of KINDS) for (const id of parsed[kind] ?? []) ids.add(kind, id);
    return { agencyId: parsed.agency_id, ids };
  }
}

const KINDS = Object.keys(MOST) as Kind[];

/*
 * Publishes which rows have changed, for live views in any process. Called after the commit; it costs the caller an
 * entry in a set. At most four times a second, a statement publishes the changes of all agencies that some process
 * watches. Notifications are hints: watchers also read at intervals.
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
      // Asked first, because mostly no process watches, and serialising all ids would take longer than this query.
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
