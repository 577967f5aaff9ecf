import { beforeAll, describe, expect, it } from '@jest/globals';
import { testAppPerFile } from '../../../../test/app.js';
import { eventually } from '../../../../test/eventually.js';
import { receiverPerFile } from '../../../../test/receiver.js';
import { EVENT_DEFINITIONS, exampleData } from '../../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../../events/domain-events.js';

/*
 * No foreign keys tie the partitioned tables together, so that partitions can be dropped: intake and settle copy the
 * agency from row to row. This proves that they copy the right one, for many agencies in one statement.
 */

const AGENCIES = 3;
const EVENTS = 12;

const test = testAppPerFile();
const receiver = receiverPerFile(({ path }) => ({ status: path === '/broken' ? 500 : 200 }));
const agencyIds: string[] = [];

/** What each row references, and where the agency of that is stored. */
const NAMES: [table: string, key: string, of: string, id: string][] = [
  ['publish_keys', 'event_id', 'webhook_events', 'id'],
  ['all_deliveries', 'event_id', 'webhook_events', 'id'],
  ['all_deliveries', 'webhook_id', 'webhooks', 'id'],
  ['webhook_queue', 'delivery_id', 'all_deliveries', 'id'],
  ['webhook_queue', 'event_id', 'webhook_events', 'id'],
  ['webhook_queue', 'webhook_id', 'webhooks', 'id'],
  ['all_attempts', 'delivery_id', 'all_deliveries', 'id'],
  ['all_attempts', 'webhook_id', 'webhooks', 'id'],
  ['webhook_versions', 'webhook_id', 'webhooks', 'id'],
  ['webhook_hours', 'webhook_id', 'webhooks', 'id'],
  ['webhook_health', 'webhook_id', 'webhooks', 'id'],
];

beforeAll(async () => {
  for (let n = 0; n < AGENCIES; n++) {
    const agencyId = await test.addAgency();
    agencyIds.push(agencyId);
    await test.addWebhook(agencyId, `${receiver.url}/well`);
    await test.addWebhook(agencyId, `${receiver.url}/broken`);
    const { id } = await test.addWebhook(agencyId, `${receiver.url}/off`);
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [id]);
  }
});

const count = async (sql: string, values: unknown[] = []) =>
  Number((await test.sql<{ count: string }>(`select count(*) from ${sql}`, values))[0]!.count);

describe('events of many agencies, accepted and sent together', () => {
  it('leave rows that all have the agency of their parent', async () => {
    const all = agencyIds.flatMap((agencyId) => Array.from({ length: EVENTS }, (_, n) => ({ agencyId, n })));
    // Mixed, so that neighbours in a statement belong to different agencies.
    const mixed = all.toSorted((a, b) => a.n - b.n);
    await test.app.get(DomainEvents).publishAll(
      mixed.map(({ agencyId, n }) => {
        const definition = EVENT_DEFINITIONS[n % EVENT_DEFINITIONS.length]!;
        return { id: `event-${n}`, type: definition.type, agencyId, data: exampleData(definition) };
      }),
    );
    await eventually(async () => {
      const states = await test.sql<{ state: string; count: string }>(
        `select state, count(*)
         from all_deliveries where attempts > 0 or state = 'skipped' group by state order by state`,
      );
      expect(states).toEqual(
        ['delivered', 'retrying', 'skipped'].map((state) => ({ state, count: String(AGENCIES * EVENTS) })),
      );
    });

    expect(await count('webhook_events')).toBe(AGENCIES * EVENTS);
    for (const [table, key, of, id] of NAMES) {
      const rows = await count(table);
      const right = await count(`${table} r join ${of} o on o.${id} = r.${key} and o.agency_id = r.agency_id`);
      expect([table, key, right]).toEqual([table, key, rows]);
      expect([table, rows > 0]).toEqual([table, true]);
    }
    for (const agencyId of agencyIds) {
      const of = (table: string) => count(`${table} where agency_id = $1`, [agencyId]);
      expect(await of('webhook_events')).toBe(EVENTS);
      expect(await of('all_deliveries')).toBe(3 * EVENTS);
      expect(await of('webhook_queue')).toBe(EVENTS);
      expect(await of('all_attempts')).toBeGreaterThanOrEqual(2 * EVENTS);
    }
  });
});
