import type { ApiApp } from './api-app.js';
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
  references?: [kind: string, value: string][];
  /** Of an existing event. */
  eventId?: string;
}

/** Inserts an event and its delivery as intake would, in any state. */
export async function insertDelivery(sql: ApiApp['sql'], more: NewDelivery): Promise<InsertedDelivery> {
  const {
    agencyId,
    webhookId,
    at = Date.now(),
    event = 'offer.sent',
    state = 'delivered',
    test = false,
    references = [],
  } = more;
  const pending = state === 'waiting' || state === 'retrying';
  const { status = state === 'delivered' ? 200 : null, attempts = state === 'waiting' ? 0 : 1 } = more;
  const eventId = more.eventId ?? uuidv7(at);
  const [made] = await sql<{ id: string }>('select delivery_id($1, $2) as id', [eventId, webhookId]);
  const { id } = made!;
  if (!more.eventId) {
    await sql(
      `insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, test, body)
       values ($1, $2, $3, $4, $4, $5, '{"event":"é"}')`,
      [eventId, agencyId, event, new Date(at), test],
    );
  }
  for (const [kind, value] of references) {
    await sql('insert into event_references (agency_id, kind, value, event_id) values ($1, $2, $3, $4)', [
      agencyId,
      kind,
      value,
      eventId,
    ]);
  }
  await sql(
    `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_status, last_reason,
       attempts, test,
       subject_kind, subject_id, next_attempt_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'offer', 'offer-1', $11, $12)`,
    [
      id,
      agencyId,
      webhookId,
      eventId,
      event,
      state,
      status,
      more.reason ?? (attempts === 0 ? null : reasonFor(state, status)),
      attempts,
      test,
      pending ? new Date() : null,
      new Date(at),
    ],
  );
  if (pending) {
    await sql(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at)
       values ($1, $2, $3, $4, now() + interval '1 day')`,
      [id, agencyId, webhookId, eventId],
    );
  }
  return { id, eventId };
}

function reasonFor(state: string, status: number | null): string {
  if (state === 'delivered') return 'ok';
  return status === null ? 'timeout' : 'server_error';
}
