import { expect } from '@jest/globals';
import { ServiceDatabase } from '../src/database/service-database.js';
import { TenantTransaction } from '../src/database/tenant-transaction.js';
import { RecoveryRunner } from '../src/webhooks/recoveries/recovery-runner.js';
import { Changes } from '../src/webhooks/engine/changes.js';
import { Dispatcher } from '../src/webhooks/engine/dispatcher.js';
import type { DeliveryLog } from './delivery-log.js';
import type { NewDelivery } from './insert-delivery.js';

/* Recoveries whose rounds and deliveries are run by the test. */

export const HOUR_MS = 3_600_000;

export function recoveriesOf(log: DeliveryLog) {
  const insert = async (more: Partial<NewDelivery> = {}): Promise<string> =>
    (await log.insert({ state: 'failed', ...more })).id;
  const ask = (body: object, role: 'admin' | 'member' = 'admin') => log.agency.ask('post', '/recoveries', body, role);
  const runner = () => log.api.app.get(RecoveryRunner);
  return {
    insert,
    /** Alternately failed and skipped, oldest first. */
    insertMany: async (count: number): Promise<string[]> => {
      const ids: string[] = [];
      const start = Date.now() - HOUR_MS;
      for (let n = 0; n < count; n++)
        ids.push(await insert({ at: start + n * 10, state: n % 2 ? 'failed' : 'skipped' }));
      return ids;
    },
    ask,
    plan: async (filter: object = {}) => {
      const { status, body } = await ask({ filter, dry_run: true });
      expect({ status, body }).toMatchObject({ status: 200 });
      return body as { plan_id: string; count: number; left_out: { webhook_off: number; purged: number } };
    },
    run: (planId: string) => ask({ plan_id: planId }),
    progress: async (id: string): Promise<Record<string, unknown>> => {
      return (await log.agency.ask('get', `/recoveries/${id}`)).body;
    },
    queued: async (): Promise<string[]> => {
      const rows = await log.api.sql<{ id: string }>(
        'select delivery_id as id from webhook_queue where agency_id = $1 order by 1',
        [log.agency.id],
      );
      return rows.map(({ id }) => id);
    },
    runner,
    /** The runner of another process, or of this one after a restart. */
    anotherRunner: () => {
      const { app } = log.api;
      return new RecoveryRunner(
        app.get(ServiceDatabase),
        app.get(TenantTransaction),
        app.get(Dispatcher),
        app.get(Changes),
      );
    },
    /** Advances the clock of all recoveries by a second. */
    nextSecond: () => log.api.sql(`update recoveries set next_batch_at = next_batch_at - interval '1 second'`),
    /** Counts the outcomes again, as the runner does a few seconds later. */
    count: async (): Promise<void> => {
      await log.api.sql('update recoveries set counted_at = null');
      await runner().count();
    },
  };
}
