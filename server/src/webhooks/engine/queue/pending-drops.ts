import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Loops } from '../../../health/loops.js';
import { Batcher } from '../batcher.js';
import { Changes } from '../changes.js';
import { isDatabaseUnavailable } from '../../../http/database-errors.js';
import { DROP_BATCH, PendingDeliveries } from './pending-deliveries.js';
import type { WebhookRef } from './claimed-delivery.js';

/*
 * Cancels the pending deliveries of webhooks that were switched off or deleted, after the commit: none of them is
 * claimed any more, so it need not be at once. In batches, because hundreds of thousands of rows in one transaction
 * would exceed the statement timeout and block every settle. Deliveries of a webhook that a person turned off or
 * deleted are kept until it is too late to undo that. After a crash or an outage the next sweep, in any process, does
 * the rest.
 */

const DROPS_AT_ONCE = 2;
const ROUND_MS = 1_000;

@Injectable()
export class PendingDrops implements BeforeApplicationShutdown {
  readonly #log = new Logger('PendingDrops');
  /** Bounded, because many webhooks may be switched off at once. */
  readonly #background = new Batcher<WebhookRef, void>({
    run: async ([webhook]) => [await this.#all(webhook!)],
    maxItems: 1,
    concurrency: DROPS_AT_ONCE,
  });
  /** Webhooks whose deliveries are being cancelled. */
  readonly #running = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(
    private readonly pending: PendingDeliveries,
    private readonly changes: Changes,
    loops: Loops,
  ) {
    const over = 'exists (select from webhooks where undo_until <= now())';
    loops.add('undo_over', { everyMs: ROUND_MS, pending: over, work: () => this.dropUndoOver() });
  }

  /** A running batch finishes while the database is still available. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running.values());
  }

  /** Cancels the first batch, and the rest in the background. Never rejects. */
  async drop(webhook: WebhookRef): Promise<void> {
    if (await this.#batch(webhook)) void this.#rest(webhook);
  }

  /** Cancels everything in the background. */
  later(webhook: WebhookRef): void {
    void this.#rest(webhook);
  }

  /**
   * Cancels pending deliveries of all webhooks that are off or deleted: those that raced with the change, or were left
   * unfinished.
   */
  async sweep(): Promise<void> {
    // One batch of each webhook now, the rest in the background, because the caller waits.
    for (const webhook of await this.pending.offWithPending()) await this.drop(webhook);
    await this.pending.sweepErased();
  }

  /** Cancels pending deliveries of webhooks that were turned off or deleted, which has become too late to undo. */
  async dropUndoOver(): Promise<void> {
    for (const webhook of await this.pending.undoOver()) {
      this.changes.webhook(webhook.agencyId, webhook.webhookId);
      await this.drop(webhook);
    }
  }

  #rest(webhook: WebhookRef): Promise<void> {
    const running = this.#running.get(webhook.webhookId);
    if (running) return running;
    const rest = this.#background.add(webhook).finally(() => this.#running.delete(webhook.webhookId));
    this.#running.set(webhook.webhookId, rest);
    return rest;
  }

  async #all(webhook: WebhookRef): Promise<void> {
    while (!this.#stopped && (await this.#batch(webhook))) continue;
  }

  /** True if there may be more. */
  async #batch({ webhookId, agencyId }: WebhookRef): Promise<boolean> {
    try {
      const ended = await this.pending.dropPending(webhookId);
      if (ended > 0) this.changes.everything(agencyId);
      return ended === DROP_BATCH;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.#log.error(error);
      return false;
    }
  }
}
