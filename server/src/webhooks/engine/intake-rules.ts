import type { EntityManager } from 'typeorm';
import { AppError, fieldError } from '../../lib/app-error.js';
import type { AcceptedEvent } from '../../events/event-intake.js';
import type { PublishableEvent } from '../../events/publishable-event.js';
import type { RunStatement } from '../../database/service-database.js';
import { KEY_USED, publishKey, type PublishPlan } from './queue/intake-sql.js';

/* What intake refuses: for want of room, of an agency, or for a key used before; and what it answers to that one. */

/** What becomes of an event. */
export type Fate = AcceptedEvent | 'unknown_agency' | 'key_used';

/** A key as first used. */
interface UsedKey {
  hash: Buffer;
  id: string;
  deliveries: number;
  skipped: number;
}

const USED_KEY_SQL = /* sql */ `
select hash, event_id as id, deliveries, skipped from publish_keys where key = $1 and agency_id = $2`;

/** The answer given when the key was first used. Rejects with idempotency_conflict if that request differed. */
export async function resultOfKey(run: RunStatement, event: PublishableEvent): Promise<AcceptedEvent> {
  const key = publishKey(event.agencyId, event.key!.value);
  const [first] = await run<UsedKey>('used_key', USED_KEY_SQL, [key, event.agencyId]);
  // The other request with this key was rolled back, or the key has just expired.
  if (!first)
    throw new AppError('intake_full', 'Another request with this id was under way. Try again.', {
      retryAfterSeconds: 1,
    });
  if (!first.hash.equals(event.key!.hash)) {
    const message = 'This id was already used for something else. Nothing was stored.';
    throw new AppError('idempotency_conflict', message, {
      errors: [{ field: 'id', code: 'idempotency_conflict', message }],
    });
  }
  const { id, deliveries, skipped } = first;
  return { id, deliveries, skipped };
}

export function unknownAgency(field: string): AppError {
  return fieldError(field, 'unknown_agency', 'agencyId is not an agency');
}

/** The same error with the index of the event in its field paths. */
export function indexed(error: unknown, index: number): unknown {
  if (!(error instanceof AppError) || !error.errors) return error;
  const errors = error.errors.map((entry) => ({ ...entry, field: `${index}.${entry.field}` }));
  return new AppError(error.code, error.message, { errors });
}

/** The caller's transaction belongs to one agency; one entered for another agency is a programming error. */
export async function enterAgency(manager: EntityManager, events: readonly PublishableEvent[]): Promise<void> {
  const [agencyId, ...others] = new Set(events.map((event) => event.agencyId));
  if (agencyId === undefined) return;
  if (others.length > 0) throw new Error('events of several agencies cannot share a transaction');
  const [row] = (await manager.query(`select current_setting('app.agency_id', true) as entered`)) as {
    entered: string | null;
  }[];
  if (row?.entered && row.entered !== agencyId) throw new Error('this transaction was entered for another agency');
  await manager.query(`select set_config('app.agency_id', $1, true)`, [agencyId]);
}

/** Keeps the first event of each key. */
export function firstOfEachKey(events: readonly PublishableEvent[]): Set<PublishableEvent> {
  const seen = new Set<string>();
  return new Set(
    events.filter(({ agencyId, key }) => {
      if (!key) return true;
      const name = `${agencyId} ${key.value}`;
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    }),
  );
}

export const isKeyUsed = (error: unknown) => error instanceof Error && 'code' in error && error.code === KEY_USED;

export function refuseUnknown(events: readonly PublishableEvent[], { answers }: PublishPlan): void {
  const unknown = events.findIndex((event) => !answers.has(event));
  if (unknown >= 0) throw unknownAgency(events.length > 1 ? `${unknown}.agencyId` : 'agencyId');
}

/*
 * Admission control: how many events may wait in this process to be stored. A refusal depends on the memory of this
 * process only, never on what is pending in the database.
 */

export const MAX_WAITING = 5_000;
/**
 * Four arrays of the largest size. The database stores about 10 MiB a second, so a full buffer is stored within
 * seconds.
 */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Ids, references and the promise of an event with an empty message. */
const OVERHEAD_BYTES = 1024;
const RETRY_AFTER_SECONDS = 1;

export class Admission {
  /** Single events and arrays that are waiting or being stored. */
  #waiting = 0;
  #events = 0;
  #bytes = 0;
  #refused = 0;

  /** Events that are waiting or being stored. */
  get events(): number {
    return this.#events;
  }

  /** Approximate memory they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events refused since the process started. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Counts the events of one publisher; returns their bytes, for `leave` when they are stored or refused. Throws
   * AppError intake_full.
   */
  enter(events: readonly PublishableEvent[]): number {
    let bytes = 0;
    for (const { body } of events) bytes += OVERHEAD_BYTES + Buffer.byteLength(body);
    if (this.#waiting >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.#refused += events.length;
      throw new AppError('intake_full', 'More events are arriving than can be stored right now. Try again.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#waiting++;
    this.#events += events.length;
    this.#bytes += bytes;
    return bytes;
  }

  leave(events: readonly PublishableEvent[], bytes: number): void {
    this.#waiting--;
    this.#events -= events.length;
    this.#bytes -= bytes;
  }
}
