import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../lib/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Loop } from '../../health/loop.js';
import { isDatabaseAway } from '../engine/database-faults.js';
import { Changes } from '../engine/changes.js';
import { DeliveryQueue } from '../engine/queue/delivery-queue.js';
import { Dispatcher } from '../engine/dispatcher.js';
import { countOutcomes } from './recovery-outcomes.js';

/*
 * Works off running recoveries: of each agency a batch a second, its recoveries in turns. A batch and how far it has come are one transaction, so
 * that a process that dies leaves the rest to the next one, and no delivery is sent again twice by one recovery.
 */

const ROUND_MS = 1_000;
const COUNT_MS = 1_000;
/**
 * Deliveries of one agency in a second, however many recoveries it runs: what a receiver that has just come back can be expected to take. They may
 * all be for one webhook.
 */
export const BATCH = 50;
/** First key of the advisory locks under which an agency's batches take turns. */
const BATCH_LOCKS = 0x62707263;

@Injectable()
export class RecoveryRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('RecoveryRunner');
  readonly #sending = new Loop({ name: 'Recoveries', everyMs: ROUND_MS, work: () => this.round() });
  /** Apart from the batches: counting must not slow them. */
  readonly #counting = new Loop({ name: 'Recovery outcomes', everyMs: COUNT_MS, work: () => this.count() });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly queue: DeliveryQueue,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    private readonly indicators: HealthIndicators,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role !== 'api') this.indicators.register('recoveries', () => this.#sending.health());
  }

  @Interval('webhook-recoveries', ROUND_MS)
  async tick(): Promise<void> {
    if (this.env.role !== 'api') await this.#sending.tick();
  }

  /** A round that is under way finishes while there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#sending.stop(), this.#counting.stop()]);
  }

  @Interval('webhook-recovery-outcomes', COUNT_MS)
  async tickCount(): Promise<void> {
    if (this.env.role !== 'api') await this.#counting.tick();
  }

  /** Writes down how the deliveries went, and tells whoever watches. */
  async count(): Promise<void> {
    for (const { id, agency_id: agencyId } of await countOutcomes(this.database)) this.changes.recovery(agencyId, id);
  }

  /** One batch of each agency: of the recovery whose time came first. */
  async round(): Promise<void> {
    const due = await this.database.query<{ id: string; agency_id: string }>(
      `select distinct on (agency_id) id, agency_id from recoveries where state = 'running' and next_batch_at <= now()
       order by agency_id, next_batch_at, id`,
    );
    for (const { id, agency_id: agencyId } of due) {
      // By itself: one that fails must not keep the others waiting.
      const batch = this.transaction.run(agencyId, (manager) => this.#batch(manager, agencyId, id));
      const resent = await batch.catch((error: unknown) => this.#failed(id, error));
      // After the commit: before it, nobody can see the work yet.
      this.dispatcher.nudge();
      for (const deliveryId of resent ?? []) this.changes.delivery(agencyId, deliveryId);
      this.changes.recovery(agencyId, id);
    }
  }

  /** The next turn is that of another recovery of the agency. */
  async #failed(id: string, error: unknown): Promise<undefined> {
    this.#report(error);
    await this.database.query(
      `update recoveries set next_batch_at = now() + $2 * interval '1 millisecond' where id = $1 and state = 'running'`,
      [id, ROUND_MS],
    );
  }

  #report(error: unknown): undefined {
    if (!isDatabaseAway(error)) this.#log.error(error);
  }

  /** The deliveries that are owed again. */
  async #batch(manager: EntityManager, agencyId: string, id: string): Promise<string[]> {
    // Another process is at it, for this recovery or another one of the agency.
    const [turn] = (await manager.query('select pg_try_advisory_xact_lock($1::int, hashtext($2)) as taken', [
      BATCH_LOCKS,
      agencyId,
    ])) as { taken: boolean }[];
    if (!turn!.taken) return [];
    // Or was less than a second ago: a batch leaves the end of its second behind, also where it was the last one.
    const [claimed] = (await manager.query(
      `update recoveries set next_batch_at = now() + $3 * interval '1 millisecond'
       where id = $1 and agency_id = $2 and state = 'running'
         and not exists (select from recoveries o where o.agency_id = $2 and o.next_batch_at > now())
       returning delivery_ids[position + 1 : position + $4] as ids, probed`,
      [id, agencyId, ROUND_MS, BATCH],
    )) as [{ ids: string[]; probed: string[] }[], number];
    if (!claimed[0]) return [];
    const { ids } = claimed[0];
    const probed = new Set(claimed[0].probed);
    const resent: string[] = [];
    for (const { id: deliveryId, webhook_id: webhookId } of await stillUnsent(manager, agencyId, ids)) {
      // One for each webhook: a receiver that is down gets no probe from every batch.
      const probe = !probed.has(webhookId);
      if (!(await this.#resend(manager, { agencyId, deliveryId, probe }))) continue;
      probed.add(webhookId);
      resent.push(deliveryId);
    }
    await manager.query(
      `update recoveries set position = position + $3, resent = resent + $4, passed_over = passed_over + $3 - $4, probed = $5,
         passed_over_ids = case when cardinality($6::uuid[]) > 0 then passed_over_ids || $6::uuid[] else passed_over_ids end,
         state = case when position + $3 >= cardinality(delivery_ids) then 'done' else state end,
         finished_at = case when position + $3 >= cardinality(delivery_ids) then now() end
       where id = $1 and agency_id = $2`,
      [id, agencyId, ids.length, resent.length, [...probed], ids.filter((one) => !resent.includes(one))],
    );
    return resent;
  }

  /** Whether it is owed again. A refusal comes before anything was written, so the transaction goes on. */
  async #resend(manager: EntityManager, resend: Parameters<DeliveryQueue['resend']>[1]): Promise<boolean> {
    try {
      await this.queue.resend(manager, resend);
      return true;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }
}

interface Unsent {
  id: string;
  webhook_id: string;
}

/** Those that still are as they were planned, oldest first and locked: what was delivered or is owed since is nobody's loss any more. */
async function stillUnsent(manager: EntityManager, agencyId: string, ids: string[]): Promise<Unsent[]> {
  return manager.query(
    `select id, webhook_id from webhook_deliveries where id = any($1) and agency_id = $2 and state in ('failed', 'skipped') order by id for update`,
    [ids, agencyId],
  );
}
