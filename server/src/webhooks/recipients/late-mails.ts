import { Injectable } from '@nestjs/common';
import { ServiceDatabase } from '../../database/service-database.js';
import { Changes } from '../engine/changes.js';
import { Dispatcher } from '../engine/dispatcher.js';
import { requeue } from '../engine/queue/requeue.js';

/*
 * A delivery is delivered when one recipient has it. For recipients whose mail servers deferred it, the delivery is
 * queued again, as by a resend, and its next attempt sends only the missing mails.
 */

const BATCH = 100;

@Injectable()
export class LateMails {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
  ) {}

  async round(): Promise<void> {
    const due = await this.database.prepared<{ agency_id: string; ids: string[] }>(
      'late_mails',
      `select agency_id, array_agg(distinct delivery_id) as ids from (
         select agency_id, delivery_id from attempt_mails where retry_at <= now() order by retry_at limit ${BATCH}
       ) m group by agency_id`,
    );
    for (const { agency_id, ids } of due) await this.#queue(agency_id, ids);
  }

  async #queue(agencyId: string, deliveryIds: string[]): Promise<void> {
    const requeued = await this.database.transaction(async (manager) => {
      const asked = { agencyId, deliveryIds, states: ['delivered'] as const, awaitsUndo: true };
      const { requeued, refused, waits } = await requeue(manager, asked);
      if (waits) return [];
      // A delivery in flight is looked at again. The others will be sent, or never again, or are retried anyway.
      const done = deliveryIds.filter((id) => refused.get(id)?.code !== 'delivery_in_flight');
      await manager.query('update attempt_mails set retry_at = null where delivery_id = any($1)', [done]);
      return requeued;
    });
    if (requeued.length === 0) return;
    this.dispatcher.nudgeEverywhere();
    for (const { id } of requeued) this.changes.delivery(agencyId, id);
  }
}
