import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { FIRST_ID } from '../../../lib/ids.js';
import { AuditLog } from '../../../audit/audit-log.service.js';
import type { Actor } from '../../../auth/actor.js';
import type { ReferenceKind } from '../../../events/catalogue/event-type.js';
import { referenceConditions } from '../../../events/reference-conditions.js';
import type { RecordRef } from '../../../events/records/labels.js';
import { Records } from '../../../events/records/records.js';
import { fieldError } from '../../../lib/app-error.js';
import { retryOnConflict, ServiceDatabase } from '../../../database/service-database.js';
import { RejectedEvents } from '../../../nats/rejected-events.js';
import { Changes } from '../changes.js';
import { PendingDeliveries } from '../queue/pending-deliveries.js';

/*
 * Erases what events contain about one record: messages (also in test inboxes, and rejected ones), names, responses of
 * receivers, and pending deliveries. Ids, times and outcomes stay. Each batch of events is a transaction: after a
 * crash, repeating the request does the rest. Events that were accepted before the erasure began are erased, later ones
 * are not. An event that is being stored at that moment may become visible behind the position of the scan, so the
 * erasure waits for the transactions that are open then, and scans again.
 */

/** Events per transaction; 200 events of an agency with 100 webhooks lock 20,000 deliveries. */
const BATCH = 200;

/** Storing takes milliseconds. A transaction that is open for longer is unlikely to be publishing. */
const WAIT_FOR_OTHERS_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** No agency has more webhooks. */
const DELIVERIES_PER_EVENT = 10_000;

export interface Reference {
  agencyId: string;
  kind: ReferenceKind;
  value: string;
}

export interface Erased {
  /** Events whose message was erased by this request. */
  events: number;
  deliveriesCancelled: number;
  /** Requests in flight. They finish, but their responses are not stored and their retries are cancelled. */
  inFlight: number;
  /** Webhooks to which the messages have been sent. */
  receivedBy: Received[];
}

/** How many deliveries of erased messages a webhook has received. */
export interface Received {
  webhookId: string;
  description: string;
  delivered: number;
  /** Deliveries with requests of which none succeeded: the receiver may have read them. */
  tried: number;
}

@Injectable()
export class Erasure {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly pending: PendingDeliveries,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly rejected: RejectedEvents,
    private readonly records: Records,
  ) {}

  /** Throws AppError validation_failed for an unknown agency. */
  async erase(reference: Reference, actor: Actor): Promise<Erased> {
    // First, because a rejected message may be accepted meanwhile, and its event must then be erased below.
    await this.rejected.erase(reference.agencyId, reference.value);
    const { began, horizon } = await this.#begin(reference.agencyId);
    await this.#removeRecord(reference);
    const quiet = await this.#isQuietBefore(horizon);
    const total: Erased = { events: 0, deliveriesCancelled: 0, inFlight: 0, receivedBy: [] };
    await this.#eraseAll(reference, began, total);
    if (!quiet) {
      await this.#waitForOthers(horizon);
      await this.#eraseAll(reference, began, total);
    }
    // Again, because until its messages were empty, the name may have been written again.
    await this.#removeRecord(reference);
    if (total.deliveriesCancelled > 0) this.changes.everything(reference.agencyId);
    await this.#record(reference, actor, total);
    return total;
  }

  #removeRecord(reference: Reference): Promise<void> {
    const removed = { agencyId: reference.agencyId, records: [reference] };
    return this.database.transaction((manager) => this.records.remove(manager, removed));
  }

  /** Adds to `total`. */
  async #eraseAll(reference: Reference, began: string, total: Erased): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const ids = await this.#eventsAfter(reference, after);
      if (ids.length === 0) break;
      const erased = await retryOnConflict(() =>
        this.database.transaction((manager) =>
          this.#eraseEvents(manager, { agencyId: reference.agencyId, ids, began }),
        ),
      );
      total.events += erased.events;
      total.deliveriesCancelled += erased.deliveriesCancelled;
      total.inFlight += erased.inFlight;
      addReceived(total.receivedBy, erased.receivedBy);
      after = ids.at(-1)!;
    }
  }

  /**
   * `began` is the time of the database, because clocks of processes differ. `horizon` is a transaction id: every
   * earlier writer has a lower one.
   */
  async #begin(agencyId: string): Promise<{ began: string; horizon: string }> {
    const [row] = await this.database.query<{ began: string; horizon: string }>(
      'select now()::text as began, pg_current_xact_id()::text as horizon from agencies where id = $1',
      [agencyId],
    );
    if (!row) throw fieldError('agencyId', 'unknown_agency', 'agencyId is not an agency');
    return row;
  }

  /** Whether every transaction that wrote before the horizon has ended. */
  async #isQuietBefore(horizon: string): Promise<boolean> {
    const [row] = await this.database.query<{ quiet: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as quiet',
      [horizon],
    );
    return row!.quiet;
  }

  async #waitForOthers(horizon: string): Promise<void> {
    const until = Date.now() + WAIT_FOR_OTHERS_MS;
    while (!(await this.#isQuietBefore(horizon)) && Date.now() < until) await setTimeout(LOOK_EVERY_MS);
  }

  /** Events whose message names the record: the hash may be that of another record. */
  async #eventsAfter(reference: Reference, after: string): Promise<string[]> {
    const values: unknown[] = [reference.agencyId, after];
    const { hashed, named } = referenceConditions(reference, (value) => `$${values.push(value)}`);
    const rows = await this.database.query<{ id: string }>(
      `select e.id from webhook_events e where e.agency_id = $1 and e.id > $2 and ${hashed} and ${named}
       order by e.id limit ${BATCH}`,
      values,
    );
    return rows.map((row) => row.id);
  }

  /** Locks the events first: a resend or a late result waits for that. */
  async #eraseEvents(manager: EntityManager, { agencyId, ids, began }: EventBatch): Promise<Erased> {
    const [events] = (await manager.query(ERASE_SQL, [ids, agencyId, began])) as [ErasedEvent[], number];
    if (events.length === 0) return NOTHING;
    const deliveryIds = await deliveriesOf(manager, agencyId, events);
    const { cancelled, inFlight } = await this.pending.erase(manager, deliveryIds);
    const receivedBy = (await manager.query(RECEIVED_SQL, [deliveryIds, agencyId])) as Received[];
    // After the queue rows: a settle that had locked one has committed, so its responses are visible here.
    for (const [table, key] of [
      ['webhook_deliveries', 'id'],
      ['webhook_attempts', 'delivery_id'],
    ]) {
      await manager.query(
        `update ${table} set response_headers = null, response_body = null
         where agency_id = $2 and ${key} = any($1) and (response_headers is not null or response_body is not null)`,
        [deliveryIds, agencyId],
      );
    }
    await manager.query(ANSWERS_TO_GROUPS_SQL, [deliveryIds, agencyId]);
    await manager.query(
      `update webhook_groups set body = null, edition = edition + 1 where agency_id = $2 and members && $1::uuid[]`,
      [deliveryIds, agencyId],
    );
    await manager.query(
      'update attempt_mails set answer = null where delivery_id = any($1) and agency_id = $2 and answer is not null',
      [deliveryIds, agencyId],
    );
    await manager.query(
      'update inbox_messages set body = null where event_id = any($1) and agency_id = $2 and body is not null',
      [events.map((event) => event.id), agencyId],
    );
    // Last, because from here to the commit no process can write names, and messages to tools wait for that.
    await this.records.remove(manager, { agencyId, records: candidatesOf(events), deliveryIds });
    return { events: events.length, deliveriesCancelled: cancelled, inFlight, receivedBy };
  }

  /** Without the value, because the audit log is kept for longer. */
  async #record({ agencyId, kind }: Reference, actor: Actor, erased: Erased): Promise<void> {
    const received_by = erased.receivedBy.map(({ webhookId }) => webhookId);
    const details = { kind, events: erased.events, deliveries_cancelled: erased.deliveriesCancelled, received_by };
    await this.database.transaction((manager) =>
      this.audit.record(manager, actor, { agencyId, action: 'reference.erased', targetKind: 'reference', details }),
    );
  }
}

/**
 * The candidates in the messages: whatever record was erased, the name of a candidate may have come from one of its
 * messages.
 */
const ERASE_SQL = /* sql */ `
update webhook_events e set body = null, purged_at = now()
from (
  select id, substring(body from '"candidateId":("(?:[^"\\\\]|\\\\.)*")') as candidate from webhook_events
  where agency_id = $2 and id = any($1) and purged_at is null and accepted_at <= $3::timestamptz for update
) old
where e.agency_id = $2 and e.id = old.id and e.id = any($1) returning e.id, old.candidate`;

/** The answer to a group is stored with one of its members, which may not be the erased one. */
const ANSWERS_TO_GROUPS_SQL = /* sql */ `
with groups as materialized (
  select id, members from webhook_groups where agency_id = $2 and members && $1::uuid[]
)
update webhook_attempts set response_headers = null, response_body = null
where agency_id = $2 and delivery_id = any(array(select unnest(members) from groups))
  and group_id = any(array(select id from groups)) and (response_headers is not null or response_body is not null)`;

const RECEIVED_SQL = /* sql */ `
select d.webhook_id as "webhookId", w.description,
  (count(*) filter (where d.state = 'delivered'))::int as delivered,
  (count(*) filter (where d.state <> 'delivered'))::int as tried
from all_deliveries d join webhooks w on w.id = d.webhook_id
where d.agency_id = $2 and d.id = any($1) and d.attempts > 0 group by 1, 2 order by 1`;

function addReceived(total: Received[], more: readonly Received[]): void {
  for (const one of more) {
    const known = total.find(({ webhookId }) => webhookId === one.webhookId);
    if (!known) total.push(one);
    else {
      known.delivered += one.delivered;
      known.tried += one.tried;
    }
  }
}

interface ErasedEvent {
  id: string;
  candidate: string | null;
}

const NOTHING: Erased = { events: 0, deliveriesCancelled: 0, inFlight: 0, receivedBy: [] };

function candidatesOf(events: readonly ErasedEvent[]): RecordRef[] {
  const texts = new Set(events.flatMap(({ candidate }) => candidate ?? []));
  return [...texts].map((text) => ({ kind: 'candidate', value: JSON.parse(text) as string }));
}

interface EventBatch {
  agencyId: string;
  ids: string[];
  began: string;
}

/** A delivery shares the first 64 bits of its event's id; LIMIT keeps the planner from joining all partitions. */
async function deliveriesOf(manager: EntityManager, agencyId: string, events: { id: string }[]): Promise<string[]> {
  const rows = (await manager.query(
    `select d.id from unnest($1::uuid[]) as e(id) cross join lateral (
       select v.id from all_deliveries v
       where v.id >= (left(e.id::text, 19) || '0000-000000000000')::uuid
         and v.id <= (left(e.id::text, 19) || 'ffff-ffffffffffff')::uuid
         and v.event_id = e.id and v.agency_id = $2 limit ${DELIVERIES_PER_EVENT}
     ) d`,
    [events.map((event) => event.id), agencyId],
  )) as { id: string }[];
  return rows.map((row) => row.id);
}
