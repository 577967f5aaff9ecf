import { Injectable } from '@nestjs/common';
import { watchKey, WATCH_LOCKS } from '../../database/notifications.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { ChangedIds } from './changed-ids.js';

/*
 * Tells all processes which rows have changed, for those who watch live. Called after the commit by whoever changed them; costs the caller
 * nothing but an entry in a set. Four times a second at most one statement goes out for all agencies together, and it notifies of an agency
 * only while some process watches it. Hints: one that is lost, with this process or its connection, is made up for by the watchers.
 */

export const CHANGES_CHANNEL = 'bpoc_changes';

const EVERY_MS = 250;
const RETRY_MS = 1_000;

const TELL_SQL = /* sql */ `
with watched as materialized (
  select objid::bigint as key from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
    and database = (select oid from pg_database where datname = current_database())
)
select pg_notify('${CHANGES_CHANNEL}', c.payload) from unnest($2::bigint[], $3::text[]) as c (key, payload)
where c.key in (select key from watched)`;

@Injectable()
export class Changes {
  #pending = new Map<string, ChangedIds>();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;
  #telling: Promise<void> = Promise.resolve();
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

  /** So much that whoever watches must look at all of it again. */
  everything(agencyId: string): void {
    this.#of(agencyId).addEverything();
  }

  /** Tells what is still to be told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#telling;
    if (this.#pending.size > 0) await this.#tell();
  }

  #of(agencyId: string): ChangedIds {
    let ids = this.#pending.get(agencyId);
    if (!ids) this.#pending.set(agencyId, (ids = new ChangedIds()));
    this.#soon(Math.max(0, this.#lastMs + EVERY_MS - Date.now()));
    return ids;
  }

  #soon(ms: number): void {
    if (!this.#stopped) this.#timer ??= setTimeout(() => void (this.#telling = this.#tell()), ms);
  }

  async #tell(): Promise<void> {
    const told = this.#pending;
    this.#pending = new Map();
    this.#lastMs = Date.now();
    const keys = [...told.keys()].map((agencyId) => watchKey(agencyId) >>> 0);
    const payloads = [...told].map(([agencyId, ids]) => ids.toPayload(agencyId));
    try {
      await this.database.pool.query({ name: 'tell', text: TELL_SQL, values: [WATCH_LOCKS, keys, payloads] });
      this.#timer = undefined;
      if (this.#pending.size > 0) this.#soon(Math.max(0, this.#lastMs + EVERY_MS - Date.now()));
    } catch {
      // The database is away: nobody can read anything now either.
      for (const [agencyId, ids] of told) this.#merge(agencyId, ids);
      this.#timer = undefined;
      this.#soon(RETRY_MS);
    }
  }

  #merge(agencyId: string, ids: ChangedIds): void {
    const later = this.#pending.get(agencyId);
    if (later) later.addAll(ids);
    else this.#pending.set(agencyId, ids);
  }
}
