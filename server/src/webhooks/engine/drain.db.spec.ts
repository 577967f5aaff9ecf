import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../../test/app.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Dispatcher } from './dispatcher.js';
import { RetryScheduler } from './retry.scheduler.js';

/* An external scheduler in front of a process that never sends on its own. */

const PER_WEBHOOK = 4;
const BUDGET_MS = 30_000;

let test: TestApp;
let agencyId: string;
beforeAll(async () => {
  test = await startTestApp({
    ROLE: 'api',
    ATTEMPT_TIMEOUT_MS: '8000',
    LEASE_MS: '24000',
    MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK),
  });
});
afterAll(() => test?.close());
beforeEach(async () => {
  agencyId = await test.addAgency();
});
const receiver = receiverPerTest();
const definition = EVENT_DEFINITIONS.find(({ type }) => type === 'placement.created')!;
const publish = async (count = 1): Promise<void> => {
  for (let n = 0; n < count; n++)
    await test.app.get(DomainEvents).publish({ type: definition.type, agencyId, data: exampleData(definition) });
};
const drain = () => test.app.get(RetryScheduler).drain(BUDGET_MS);
const deliveriesOf = (webhookId: string) =>
  test.sql<{ state: string; attempts: number; last_reason: string }>(
    'select state, attempts, last_reason from all_deliveries where webhook_id = $1 order by id',
    [webhookId],
  );
const nothing = { claimed: 0, delivered: 0, retrying: 0, failed: 0 };

describe('a drain', () => {
  it('sends what is due and counts the results', async () => {
    const { url } = await receiver(({ path }) => ({ status: path === '/up' ? 200 : 503 }));
    const up = await test.addWebhook(agencyId, `${url}/up`);
    const down = await test.addWebhook(agencyId, `${url}/down`);
    const last = await test.addWebhook(agencyId, `${url}/last`);
    await publish(3);
    await test.sql('update webhook_queue set failures = 3, attempt = 3 where webhook_id = $1', [last.id]);
    expect(await drain()).toEqual({ claimed: 9, delivered: 3, retrying: 3, failed: 3 });
    const states = async ({ id }: { id: string }) => (await deliveriesOf(id)).map(({ state }) => state);
    expect(await states(up)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await states(down)).toEqual(['retrying', 'retrying', 'retrying']);
    expect(await states(last)).toEqual(['failed', 'failed', 'failed']);
    // The retries are a minute away.
    expect(await drain()).toEqual(nothing);
  });

  it('continues with the others while one webhook hangs', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const count = 4 * PER_WEBHOOK;
    const hanging = await receiver(() => ({ after: released }));
    // The hanging receiver answers only after all others.
    const healthy = await receiver((_request, n) => (n === count ? (release(), {}) : {}));
    const slow = await test.addWebhook(agencyId, hanging.url);
    await publish();
    await test.addWebhook(agencyId, healthy.url);
    await publish(count);
    expect(await drain()).toEqual({ claimed: 2 * count + 1, delivered: 2 * count + 1, retrying: 0, failed: 0 });
    expect((await deliveriesOf(slow.id)).map(({ attempts }) => attempts)).toEqual(Array(count + 1).fill(1));
  });

  it('sends the probe of a paused webhook, and the rest when that succeeds', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const { url, requests } = await receiver(() => ({ after: released }));
    const webhook = await test.addWebhook(agencyId, url);
    const pause = (until: string) =>
      test.sql(
        `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, paused_at, paused_until)
         values ($1, $2, 20, now(), now(), now() + $3::interval)
         on conflict (webhook_id) do update set paused_until = excluded.paused_until`,
        [webhook.id, agencyId, until],
      );
    await pause('1 hour');
    await publish(3);
    expect(await drain()).toEqual(nothing);
    await pause('-1 second');
    const draining = drain();
    await eventually(() => expect(requests.length).toBe(1));
    // Until its response, the probe is the only request.
    expect(await drain()).toEqual(nothing);
    expect(requests.length).toBe(1);
    release();
    expect(await draining).toEqual({ claimed: 3, delivered: 3, retrying: 0, failed: 0 });
    const [health] = await test.sql('select paused_until from webhook_health where webhook_id = $1', [webhook.id]);
    expect(health).toEqual({ paused_until: null });
  });

  it('cancels what is pending for a webhook that was switched off meanwhile', async () => {
    const webhook = await test.addWebhook(agencyId, 'http://localhost:9/in');
    await publish();
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [webhook.id]);
    expect(await drain()).toEqual(nothing);
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ state: 'skipped', last_reason: 'webhook_off' }]);
  });

  it('answers within its budget, and sends meanwhile, although the sweep waits', async () => {
    const { url } = await receiver();
    const [off, webhook] = [await test.addWebhook(agencyId, url), await test.addWebhook(agencyId, url)];
    await publish();
    await test.sql(`update webhooks set is_active = false, off_reason = 'person' where id = $1`, [off.id]);
    await test.app.get(ServiceDatabase).transaction(async (manager) => {
      await manager.query('select from webhooks where id = $1 for update', [off.id]);
      expect(await test.app.get(RetryScheduler).drain(1_500)).toMatchObject({ delivered: 1 });
      expect(await deliveriesOf(off.id)).toMatchObject([{ state: 'waiting' }]);
    });
    expect(await deliveriesOf(webhook.id)).toMatchObject([{ state: 'delivered' }]);
  });

  it('shares the limits with a concurrent drain', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const { url, requests } = await receiver(() => ({ after: released }));
    await test.addWebhook(agencyId, url);
    await publish(3 * PER_WEBHOOK);
    const drains = [drain(), drain()];
    await eventually(() => expect(requests.length).toBe(PER_WEBHOOK));
    expect(test.app.get(Dispatcher).inFlight).toBe(PER_WEBHOOK);
    // A third drain finds no free slot.
    expect(await drain()).toEqual(nothing);
    expect(requests.length).toBe(PER_WEBHOOK);
    release();
    const [one, two] = await Promise.all(drains);
    expect(one!.delivered + two!.delivered).toBe(3 * PER_WEBHOOK);
    expect(requests.length).toBe(3 * PER_WEBHOOK);
  });

  it('sends what takes turns one after the other', async () => {
    const { url, requests } = await receiver();
    const { id } = await test.addWebhook(agencyId, url);
    await test.sql(
      `insert into webhook_flow (webhook_id, agency_id, every_ms, one_by_one) values ($1, $2, 300, true)`,
      [id, agencyId],
    );
    await test.sql('update webhooks set paced = true where id = $1', [id]);
    await publish(4);
    await drain();
    expect(requests).toHaveLength(4);
    const gaps = requests.slice(1).map(({ atMs }, n) => atMs - requests[n]!.atMs);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(295);
  });

  it('is waited for at shutdown, which starts nothing more', async () => {
    const own = await startTestApp({ ROLE: 'api', MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK) });
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const { url, requests } = await receiver(() => ({ after: released }));
    const agency = await own.addAgency();
    await own.addWebhook(agency, url);
    const event = { type: definition.type, agencyId: agency, data: exampleData(definition) };
    for (let n = 0; n < 2 * PER_WEBHOOK; n++) await own.app.get(DomainEvents).publish(event);
    const draining = own.app.get(RetryScheduler).drain(BUDGET_MS);
    await eventually(() => expect(requests.length).toBe(PER_WEBHOOK));
    const stopped = own.app.get(Dispatcher).stop();
    release();
    await stopped;
    // Stored, not only answered.
    const [row] = await own.sql(
      `select count(*) filter (where state = 'delivered')::int as delivered,
         count(*) filter (where state = 'waiting')::int as waiting from all_deliveries`,
    );
    expect(row).toEqual({ delivered: PER_WEBHOOK, waiting: PER_WEBHOOK });
    expect(await draining).toEqual({ ...nothing, claimed: PER_WEBHOOK, delivered: PER_WEBHOOK });
    expect(await own.sql('select from webhook_queue where token is not null')).toEqual([]);
    await own.close();
  });
});
