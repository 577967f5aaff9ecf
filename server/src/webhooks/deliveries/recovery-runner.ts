import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { isDatabaseAway } from '../engine/database-faults.js';
import { Changes } from '../engine/changes.js';
import { DeliveryQueue } from '../engine/delivery-queue.js';
import { Dispatcher } from '../engine/dispatcher.js';

/*
 * Works off running recoveries: of each a batch a second, oldest first. A batch and how far it has come are one transaction, so that a process
 * that dies leaves the rest to the next one, and no delivery is sent again twice by one recovery.
 */

const ROUND_MS = 1_000;
/** Deliveries of one recovery in a second: what a receiver that has just come back can be expected to take. */
export const BATCH = 50;

@Injectable()
export class RecoveryRunner implements BeforeApplicationShutdown {
  readonly #log = new Logger('RecoveryRunner');
  #underWay: Promise<void> | null = null;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly queue: DeliveryQueue,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Interval('webhook-recoveries', ROUND_MS)
  async tick(): Promise<void> {
    // @Interval does not wait for the round before.
    if (this.env.role === 'api' || this.#underWay) return;
    this.#underWay = this.round().catch((error: unknown) => this.#report(error));
    await this.#underWay;
    this.#underWay = null;
  }

  /** A round that is under way finishes while there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#underWay;
  }

  /** One batch of each recovery whose time has come. */
  async round(): Promise<void> {
    const due = await this.database.query<{ id: string; agency_id: string }>(
      `select id, agency_id from recoveries where state = 'running' and next_batch_at <= now() order by next_batch_at`,
    );
    for (const { id, agency_id: agencyId } of due) {
      // By itself: one that fails must not keep the others waiting.
      const batch = this.transaction.run(agencyId, (manager) => this.#batch(manager, agencyId, id));
      const resent = await batch.catch((error: unknown) => this.#report(error));
      // After the commit: before it, nobody can see the work yet.
      this.dispatcher.nudge();
      for (const deliveryId of resent ?? []) this.changes.delivery(agencyId, deliveryId);
      this.changes.recovery(agencyId, id);
    }
  }

  #report(error: unknown): undefined {
    if (!isDatabaseAway(error)) this.#log.error(error);
  }

  /** The deliveries that are owed again. */
  async #batch(manager: EntityManager, agencyId: string, id: string): Promise<string[]> {
    // Locks the row: another process that found the same one waits here, and then finds its time not yet come.
    const [claimed] = (await manager.query(
      `update recoveries set next_batch_at = now() + $3 * interval '1 millisecond'
       where id = $1 and agency_id = $2 and state = 'running' and next_batch_at <= now()
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
