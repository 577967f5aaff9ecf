import { Injectable } from '@nestjs/common';
import { intArray, uuidArray } from '../../database/binary-arrays.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Loops } from '../../health/loops.js';
import type { WebhookRef } from './queue/claimed-delivery.js';

/*
 * How many events the conditions of webhooks left out, for `webhook_hours`. Counted in memory and written once a
 * second, so a crash loses the counts of a second and nothing else.
 */

const FLUSH_MS = 1_000;

/** In the order in which settling locks these rows. */
const ADD_SQL = /* sql */ `
insert into webhook_hours as h (webhook_id, hour, agency_id, left_out)
select i.webhook_id, date_trunc('hour', now(), 'UTC'), i.agency_id, i.left_out
from unnest($1::uuid[], $2::uuid[], $3::int[]) as i (webhook_id, agency_id, left_out) order by i.webhook_id
on conflict (webhook_id, hour) do update set left_out = h.left_out + excluded.left_out`;

@Injectable()
export class LeftOutCounts {
  #counts = new Map<string, { agencyId: string; count: number }>();

  constructor(
    private readonly database: ServiceDatabase,
    loops: Loops,
  ) {
    loops.add('left_out_counts', { everyMs: FLUSH_MS, work: () => this.#flush(), flushes: true });
  }

  /** Events that were stored; one entry for each event and webhook. */
  add(leftOut: readonly WebhookRef[]): void {
    for (const { agencyId, webhookId } of leftOut) this.#add(webhookId, agencyId, 1);
  }

  #add(webhookId: string, agencyId: string, more: number): void {
    const known = this.#counts.get(webhookId);
    if (known) known.count += more;
    else this.#counts.set(webhookId, { agencyId, count: more });
  }

  async #flush(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = this.#counts;
    this.#counts = new Map();
    const of = [...counts.values()];
    try {
      await this.database.query(ADD_SQL, [
        uuidArray([...counts.keys()]),
        uuidArray(of.map(({ agencyId }) => agencyId)),
        intArray(of.map(({ count }) => count)),
      ]);
    } catch (error) {
      for (const [webhookId, { agencyId, count }] of counts) this.#add(webhookId, agencyId, count);
      throw error;
    }
  }
}
