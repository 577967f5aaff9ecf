import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { isDatabaseUnavailable } from '../../http/database-errors.js';
import { Changes } from '../engine/changes.js';
import { queuePast } from '../engine/queue/past.js';
import { requeue } from '../engine/queue/requeue.js';
import { Dispatcher } from '../engine/dispatcher.js';
import { Recovery } from './recovery.entity.js';

/*
 * Runs recoveries: one batch a second for each agency, whose recoveries take turns. A batch and its progress are one
 * transaction, so that another process continues after a crash, and no recovery resends a delivery twice.
 */

/** Between the batches of an agency. */
export const ROUND_MS = 1_000;
export const SOME_RUNNING_SQL = `exists (select from recoveries where state = 'running')`;
/**
 * Deliveries per agency and second, for all its recoveries together: a load that a receiver can take right after an
 * outage. They may all go to one webhook.
 */
export const BATCH = 50;
/** More than one, so that an agency whose rows are locked does not delay the others. */
const AGENCIES_AT_ONCE = 4;
/** First key of the advisory locks that serialise the batches of an agency. */
const BATCH_LOCKS = 0x62707263;

interface RecoveryKey {
  id: string;
  agency_id: string;
}

/** The batch of a recovery. */
interface Claimed {
  ids: string[];
  /** Set with `webhook_id`: the event of each delivery. */
  event_ids: string[];
  webhook_id: string | null;
  probed: string[];
}

@Injectable()
export class RecoveryRunner {
  readonly #log = new Logger('RecoveryRunner');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
  ) {}

  /** Stores the outcomes of the deliveries and publishes the changed recoveries. */
  async count(): Promise<void> {
    for (const { id } of await this.database.prepared<{ id: string }>('uncounted_recoveries', UNCOUNTED_SQL)) {
      const [changed] = await this.database.query<RecoveryKey>(COUNT_SQL, [id]);
      if (changed) this.changes.recovery(changed.agency_id, id);
    }
  }

  /** Sends one batch per agency, of the recovery that is due first. */
  async round(): Promise<void> {
    const due = await this.database.prepared<RecoveryKey>(
      'due_recoveries',
      `select distinct on (agency_id) id, agency_id from recoveries
       where state = 'running' and next_batch_at <= now() and begins_at <= now()
       order by agency_id, next_batch_at, id`,
    );
    const worker = async () => {
      for (let next = due.shift(); next; next = due.shift()) await this.#runBatch(next);
    };
    await Promise.all(Array.from({ length: AGENCIES_AT_ONCE }, worker));
  }

  async #runBatch({ id, agency_id: agencyId }: RecoveryKey): Promise<void> {
    // A batch that fails must not stop the others.
    const batch = this.transaction.run(agencyId, (manager) => this.#claimAndSend(manager, agencyId, id));
    const resent = await batch.catch((error: unknown) => this.#postpone(id, error));
    // After the commit, because the work is not visible before.
    this.dispatcher.nudge();
    for (const deliveryId of resent ?? []) this.changes.delivery(agencyId, deliveryId);
    this.changes.recovery(agencyId, id);
  }

  /** Postpones the recovery, so that another one of the agency gets the next turn. */
  async #postpone(id: string, error: unknown): Promise<undefined> {
    if (!isDatabaseUnavailable(error)) this.#log.error(error);
    const nextBatchAt = () => `now() + interval '${ROUND_MS} milliseconds'`;
    await this.database.manager.update(Recovery, { id, state: 'running' }, { nextBatchAt });
  }

  /** Returns the ids that were requeued. */
  async #claimAndSend(manager: EntityManager, agencyId: string, id: string): Promise<string[]> {
    // Not taken: another process is running a batch of this agency.
    const [turn] = await manager.query<{ taken: boolean }[]>(
      'select pg_try_advisory_xact_lock($1::int, hashtext($2)) as taken',
      [BATCH_LOCKS, agencyId],
    );
    if (!turn!.taken) return [];
    // No row: a batch of the agency ended less than a second ago. Every batch leaves the end of its second behind, even
    // the last batch of a recovery.
    const [[claimed]] = await manager.query<[Claimed[], number]>(
      `update recoveries set next_batch_at = now() + $3 * interval '1 millisecond'
       where id = $1 and agency_id = $2 and state = 'running' and begins_at <= now()
         and not exists (select from recoveries o where o.agency_id = $2 and o.next_batch_at > now())
       returning delivery_ids[position + 1 : position + $4] as ids,
         event_ids[position + 1 : position + $4] as event_ids, webhook_id, probed`,
      [id, agencyId, ROUND_MS, BATCH],
    );
    if (!claimed) return [];
    const { ids, probed } = claimed;
    const { requeued, refused, waits } = await this.#send(manager, agencyId, claimed);
    if (waits) return [];
    const nowProbed = new Set([...probed, ...requeued.map((delivery) => delivery.webhook_id)]);
    await manager.query(
      `update recoveries
       set position = position + $3, resent = resent + $4, passed_over = passed_over + $3 - $4, probed = $5,
         passed_over_ids = case when cardinality($6::uuid[]) > 0
           then passed_over_ids || $6::uuid[] else passed_over_ids end,
         state = case when position + $3 >= cardinality(delivery_ids) then 'done' else state end,
         finished_at = case when position + $3 >= cardinality(delivery_ids) then now() end
       where id = $1 and agency_id = $2`,
      [id, agencyId, ids.length, requeued.length, [...nowProbed], refused],
    );
    return requeued.map((delivery) => delivery.id);
  }

  async #send(manager: EntityManager, agencyId: string, { ids, event_ids, webhook_id, probed }: Claimed) {
    if (webhook_id !== null) {
      const requeued = await queuePast(manager, { agencyId, webhookId: webhook_id, eventIds: event_ids });
      const sent = new Set(requeued?.map(({ id }) => id));
      return { requeued: requeued ?? [], refused: ids.filter((id) => !sent.has(id)), waits: requeued === null };
    }
    // Deliveries that were delivered or became pending since the plan need no recovery. One probe per webhook and
    // recovery: otherwise a failing receiver would get one from every batch.
    const states = ['failed', 'skipped'] as const;
    const asked = { agencyId, deliveryIds: ids, states, probed, awaitsUndo: true };
    const { requeued, refused, waits } = await requeue(manager, asked);
    return { requeued, refused: [...refused.keys()], waits };
  }
}

/*
 * Stores the outcomes of recoveries in their rows: counting 20,000 deliveries takes 20 to 60 ms, too long for every row
 * of every list and live view.
 */

/** How old counts may be at first: live views poll as often. */
const FRESH = `interval '2 seconds'`;
/** After that, retries are minutes to hours apart, and counts may be as old as `LATER`. */
const FRESH_FOR = `interval '10 minutes'`;
const LATER = `interval '10 minutes'`;
/** Longer than any retry plan: nothing changes after it. */
const UNTIL = `interval '4 days'`;

export const UNCOUNTED_SQL = /* sql */ `
select id from recoveries
where state <> 'planned' and (finished_at is null or finished_at > now() - ${UNTIL})
  and (counted_at is null
    or counted_at < now() - case when finished_at < now() - ${FRESH_FOR} then ${LATER} else ${FRESH} end)`;

/** A `finished_at` before the start belongs to an earlier failure. No row: nothing has changed. */
const COUNT_SQL = /* sql */ `
with counted as (
  update recoveries r set delivered = o.delivered, failed = o.failed, retrying = o.retrying,
    counted_at = now()
  from recoveries b cross join lateral (
    select (count(*) filter (where d.state = 'delivered'))::int as delivered,
      (count(*) filter (where d.state <> 'delivered'))::int as failed,
      (count(*) filter (where d.state = 'retrying'))::int as retrying
    from webhook_deliveries d
    where d.agency_id = b.agency_id and d.id = any(b.delivery_ids[1 : b.position])
      and (d.state = 'retrying' or d.state in ('delivered', 'failed') and d.finished_at >= b.started_at)
  ) o
  where b.id = $1 and r.id = b.id
  returning r.id, r.agency_id,
    (b.delivered, b.failed, b.retrying) is distinct from (r.delivered, r.failed, r.retrying) as changed
)
select id, agency_id from counted where changed`;
