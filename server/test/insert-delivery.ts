import type { ApiApp } from './api-app.js';
import type { ReferenceKind } from '../src/events/catalogue/event-type.js';
import { REFERENCE_COLUMN, referenceHash } from '../src/events/publishable-event.js';
import { uuidv7 } from '../src/lib/ids.js';

export interface InsertedDelivery {
  id: string;
  eventId: string;
}

export interface NewDelivery {
  agencyId: string;
  webhookId: string;
  /** Milliseconds since 1970; default: now. */
  at?: number;
  event?: string;
  state?: string;
  status?: number | null;
  /** Default: one that fits the state and the status, after an attempt. */
  reason?: string;
  attempts?: number;
  test?: boolean;
  references?: [kind: ReferenceKind, value: string][];
  /** The id of an existing event. */
  eventId?: string;
}

/**
 * Inserts an event and its delivery as the engine would have left them, in any state, without attempts: waiting with
 * none is a row of the queue alone.
 */
export async function insertDelivery(sql: ApiApp['sql'], more: NewDelivery): Promise<InsertedDelivery> {
  const { agencyId, webhookId, event = 'offer.sent', state = 'delivered', test = false } = more;
  const pending = state === 'waiting' || state === 'retrying';
  const { status = state === 'delivered' ? 200 : null, attempts = state === 'waiting' ? 0 : 1 } = more;
  const logged = state !== 'waiting' || attempts > 0;
  const eventId = more.eventId ?? (await insertEvent(sql, { ...more, event }));
  const [made] = await sql<{ id: string }>('select delivery_id($1, $2) as id', [eventId, webhookId]);
  const { id } = made!;
  if (logged) {
    const reason = more.reason ?? (attempts === 0 ? null : reasonFor(state, status));
    await sql(
      `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_status, last_reason,
         attempts, test, next_attempt_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [id, agencyId, webhookId, eventId, event, state, status, reason, attempts, test, pending ? new Date() : null],
    );
  }
  if (pending) {
    await sql(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, attempt, logged)
       values ($1, $2, $3, $4, $5, now() + interval '1 day', $6, $7)`,
      [id, agencyId, webhookId, eventId, event, attempts, logged],
    );
  }
  return { id, eventId };
}

type NewEvent = Pick<NewDelivery, 'agencyId' | 'at' | 'event' | 'test' | 'references'> & { id?: string };

/** Inserts an event about offer-1, whose message names the references; returns its id. */
export async function insertEvent(sql: ApiApp['sql'], more: NewEvent): Promise<string> {
  const { agencyId, at = Date.now(), event = 'offer.sent', test = false, references = [] } = more;
  const { id = uuidv7(at) } = more;
  const data = Object.fromEntries(references.map(([kind, value]) => [`${kind}Id`, value]));
  const hashes = Array.from({ length: 5 }, (_, column) => {
    const [kind, value] = references.find(([one]) => REFERENCE_COLUMN[one] === column + 1) ?? [];
    return kind && value !== undefined ? String(referenceHash(agencyId, kind, value)) : null;
  });
  await sql(
    `insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, test, body, subject_kind, subject_id,
       ref1, ref2, ref3, ref4, ref5)
     values ($1, $2, $3, $4, $4, $5, $6, 'offer', 'offer-1', $7, $8, $9, $10, $11)`,
    [id, agencyId, event, new Date(at), test, JSON.stringify({ event: 'é', data }), ...hashes],
  );
  return id;
}

function reasonFor(state: string, status: number | null): string {
  if (state === 'delivered') return 'ok';
  return status === null ? 'timeout' : 'server_error';
}
