import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Changes } from '../changes.js';
import { isDatabaseAway } from '../database-faults.js';
import { DeliveryQueue, DROP_BATCH } from './delivery-queue.js';
import type { Backlogged } from '../concurrency.js';

/*
 * Ends what is owed to webhooks that went off or were deleted, after the switch is committed: from then on nothing of it is claimed, so it may
 * take its time. In batches, because 100,000s of rows in one transaction would outlast its statement and hold up every settle. Whatever is
 * left undone (the process ends, the database is away) the sweep of the next minute does, in any process.
 */
@Injectable()
export class OwedDrops implements BeforeApplicationShutdown {
  readonly #log = new Logger('OwedDrops');
  /** By webhook: what ends the rest. */
  readonly #underWay = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly changes: Changes,
  ) {}

  /** A batch that is under way finishes while there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#underWay.values());
  }

  /** Ends the first batch, and the rest in the background. Never rejects. */
  async drop(webhook: Backlogged): Promise<void> {
    if (await this.#batch(webhook)) void this.#rest(webhook);
  }

  /** Ends all of it in the background. */
  later(webhook: Backlogged): void {
    void this.#rest(webhook);
  }

  /** Ends what is owed to all webhooks that are off or deleted: what raced with the switch, or was left undone. */
  async sweep(): Promise<void> {
    // Whoever waits for the sweep has other things to do: of each webhook a batch, the rest beside.
    for (const webhook of await this.queue.offButOwed()) await this.drop(webhook);
    await this.queue.sweepErased();
  }

  #rest(webhook: Backlogged): Promise<void> {
    const underWay = this.#underWay.get(webhook.webhookId);
    if (underWay) return underWay;
    const rest = this.#all(webhook).finally(() => this.#underWay.delete(webhook.webhookId));
    this.#underWay.set(webhook.webhookId, rest);
    return rest;
  }

  async #all(webhook: Backlogged): Promise<void> {
    while (!this.#stopped && (await this.#batch(webhook))) continue;
  }

  /** True when there may be more. */
  async #batch({ webhookId, agencyId }: Backlogged): Promise<boolean> {
    try {
      const ended = await this.queue.dropOwed(webhookId);
      if (ended > 0) this.changes.everything(agencyId);
      return ended === DROP_BATCH;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  #report(error: unknown): void {
    if (!isDatabaseAway(error)) this.#log.error(error);
  }
}
