import type { EntityManager } from 'typeorm';
import { AppError, fieldError } from '../../lib/app-error.js';
import type { AcceptedEvent } from '../../events/event-intake.js';
import type { PublishableEvent } from '../../events/publishable-event.js';
import type { RunStatement } from '../../database/service-database.js';
import { KEY_USED, publishKey, type PublishPlan } from './queue/publish-plan.js';

/* What intake refuses, an unknown agency or a used key, and what it answers to a key that is used again. */

/** What has become of an event: stored, or why it was not. */
export type StoreResult = AcceptedEvent | 'unknown_agency' | 'key_used';

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
  // The request that used the key was rolled back, or the key has just expired.
  if (!first)
    throw new AppError('intake_full', 'Another request with this id was in progress. Try again.', {
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

export const isKeyUsed = (error: unknown) => error instanceof Error && 'code' in error && error.code === KEY_USED;

export function refuseUnknown(events: readonly PublishableEvent[], { answers }: PublishPlan): void {
  const unknown = events.findIndex((event) => !answers.has(event));
  if (unknown >= 0) throw unknownAgency(events.length > 1 ? `${unknown}.agencyId` : 'agencyId');
}
