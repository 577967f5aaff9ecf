import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../../test/app.js';
import { engineOf } from '../../../test/engine.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { Keyring } from '../../lib/keyring.js';
import { DomainEvents } from '../../events/domain-events.js';
import { encryptAddress } from '../model/webhook-secrets.js';
import { Dispatcher } from './dispatcher.js';

/* A webhook takes its deliveries fast, so some are claimed ahead, and then it hangs. */

const LIMIT = 10;
const FAST = 2 * LIMIT;
/** As many as are claimed, however slow this machine is: the limit, and fewer than that ahead. */
const BURST = LIMIT + 8;

let test: TestApp;
let agencyId: string;
let go: () => void;
const start = (leaseMs: number) => async () => {
  test = await startTestApp({
    ATTEMPT_TIMEOUT_MS: String(leaseMs / 4),
    LEASE_MS: String(leaseMs),
    MAX_IN_FLIGHT_PER_WEBHOOK: String(LIMIT),
  });
};
const stop = () => test?.close();
beforeEach(async () => {
  agencyId = await test.addAgency();
});
const receiver = receiverPerTest();
const { event, deliveriesOf, pending } = engineOf(() => ({ test, agencyId }));

const publish = (count: number) => test.app.get(DomainEvents).publishAll(Array.from({ length: count }, () => event()));
const claimed = async (webhookId: string) =>
  (await test.sql('select from webhook_queue where webhook_id = $1 and token is not null', [webhookId])).length;
const isReleased = (webhookId: string) =>
  eventually(async () => {
    expect(await claimed(webhookId)).toBe(LIMIT);
    const rows = await test.sql('select distinct attempt from webhook_queue where webhook_id = $1 and token is null', [
      webhookId,
    ]);
    expect(rows).toEqual([{ attempt: 0 }]);
  });

/** A webhook that hangs after `FAST` requests until `go()`, with the whole burst claimed and `LIMIT` requests begun. */
async function hanging() {
  const going = new Promise<void>((resolve) => (go = resolve));
  const { url, requests } = await receiver((_request, count) => (count > FAST ? { after: going } : {}));
  const webhook = await test.addWebhook(agencyId, url);
  await publish(FAST);
  await eventually(async () => expect(await pending(webhook.id)).toBe(0));
  await publish(BURST);
  await eventually(async () => {
    expect(requests).toHaveLength(FAST + LIMIT);
    expect(await claimed(webhook.id)).toBe(BURST);
  });
  return { id: webhook.id, requests };
}

describe('what was claimed ahead', () => {
  beforeAll(start(200_000));
  afterAll(stop);

  it('is released when its webhook is paused, and costs no attempt', async () => {
    const { id, requests } = await hanging();
    await test.sql(`update webhook_health set paused_until = now() + interval '1 hour' where webhook_id = $1`, [id]);
    await isReleased(id);
    expect(requests).toHaveLength(FAST + LIMIT);
    go();
  });

  it.each([
    ['switched off', 'skipped', `is_active = false, off_reason = 'person', off_at = now()`],
    ['deleted', 'cancelled', 'deleted_at = now()'],
  ])('ends without a request when its webhook is %s', async (_what, state, change) => {
    const { id, requests } = await hanging();
    await test.sql(`update webhooks set ${change}, version = version + 1 where id = $1`, [id]);
    await eventually(async () => {
      const states = (await deliveriesOf(id)).slice(FAST).map((delivery) => `${delivery.state} ${delivery.attempts}`);
      expect(states.filter((one) => one === `${state} 0`)).toHaveLength(BURST - LIMIT);
    });
    expect(requests).toHaveLength(FAST + LIMIT);
    go();
  });

  it('goes where a changed webhook points to', async () => {
    const { id, requests } = await hanging();
    const other = await receiver();
    const tokens = await test.sql('select distinct token from webhook_queue where webhook_id = $1', [id]);
    const address = encryptAddress(test.app.get(Keyring), { agencyId, webhookId: id }, other.url);
    await test.sql('update webhooks set url = $2, version = version + 1 where id = $1', [id, address]);
    await eventually(async () => {
      const held = await test.sql('select from webhook_queue where webhook_id = $1 and token = any($2)', [
        id,
        tokens.map(({ token }) => token),
      ]);
      expect(held).toHaveLength(LIMIT);
    });
    go();
    await eventually(async () => expect(await pending(id)).toBe(0));
    expect([requests.length, other.requests.length]).toEqual([FAST + LIMIT, BURST - LIMIT]);
    expect((await deliveriesOf(id)).every(({ state, attempts }) => state === 'delivered' && attempts === 1)).toBe(true);
  });

  it('ends without a request when its message is erased', async () => {
    const { id, requests } = await hanging();
    const [last] = (await deliveriesOf(id)).slice(-1);
    const [row] = await test.sql('select token from webhook_queue where delivery_id = $1', [last!.id]);
    await test.sql(
      `with erased as (update webhook_queue set erased = true where delivery_id = $1 returning event_id)
       update webhook_events set body = null, purged_at = now() where id = (select event_id from erased)`,
      [last!.id],
    );
    const held = () =>
      test.sql('select from webhook_queue where delivery_id = $1 and token = $2', [last!.id, row!['token']]);
    await eventually(async () => expect(await held()).toEqual([]));
    go();
    await eventually(async () => expect(await pending(id)).toBe(0));
    expect((await deliveriesOf(id)).at(-1)).toMatchObject({ state: 'cancelled', last_reason: 'erased', attempts: 0 });
    expect(requests).toHaveLength(FAST + BURST - 1);
  });
});

describe('a webhook that goes slow in the middle of a burst', () => {
  beforeAll(start(40_000));
  afterAll(stop);

  it('releases what it cannot take within a tenth of the lease, and delays no other', async () => {
    const { id, requests } = await hanging();
    const healthy = await receiver();
    agencyId = await test.addAgency();
    const other = await test.addWebhook(agencyId, healthy.url);
    await publish(BURST);
    await eventually(async () => expect(await pending(other.id)).toBe(0));
    expect(requests).toHaveLength(FAST + LIMIT);
    await isReleased(id);
    go();
    await eventually(async () => expect(await pending(id)).toBe(0));
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-delivery'])).size).toBe(FAST + BURST);
    expect((await deliveriesOf(id)).every(({ state, attempts }) => state === 'delivered' && attempts === 1)).toBe(true);
  });

  it('releases it when the process stops', async () => {
    const { id, requests } = await hanging();
    const stopped = test.app.get(Dispatcher).stop();
    await isReleased(id);
    go();
    await stopped;
    expect(await pending(id)).toBe(BURST - LIMIT);
    expect(requests).toHaveLength(FAST + LIMIT);
  });
});
