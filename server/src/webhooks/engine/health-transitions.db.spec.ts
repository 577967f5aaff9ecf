import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testAppPerFile } from '../../../test/app.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { HealthTransitions } from './health-transitions.js';
import type { Outcome } from './send/outcome.js';
import { decide, holdMs } from './send/retry-policy.js';
import type { SettleRow } from './queue/settle-sql.js';

/* Effects of settle and its consequences on a webhook, with generated results. */

const DAY_MS = 86_400_000;

const test = testAppPerFile({ ROLE: 'api' });
let agencyId: string;
let webhookId: string;
let queue: DeliveryQueue;
let health: HealthTransitions;

beforeAll(async () => {
  queue = test.app.get(DeliveryQueue);
  health = test.app.get(HealthTransitions);
});
beforeEach(async () => {
  agencyId = await test.addAgency();
  webhookId = (await test.addWebhook(agencyId, 'http://localhost:9/')).id;
});

const timing = { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 5 };
const failure = (more: Partial<Extract<Outcome, { kind: 'failed' }>>): Outcome => ({
  kind: 'failed',
  reason: 'server_error',
  after: 'retry',
  detail: null,
  retryAfter: null,
  answer: null,
  timing,
  reconnected: false,
  ...more,
});
const GONE = failure({ reason: 'gone', after: 'switch_off' });
const OUR_FAULT = failure({ reason: 'our_fault', after: 'again' });

/** A delivery in flight. */
async function sending(more: Partial<ClaimedDelivery> = {}): Promise<ClaimedDelivery> {
  const delivery: ClaimedDelivery = {
    deliveryId: randomUUID(),
    agencyId,
    webhookId,
    version: 1,
    eventId: randomUUID(),
    eventType: 'offer.sent',
    body: '{}',
    test: false,
    attempt: 1,
    failures: 0,
    interruptions: 0,
    logged: false,
    held: null,
    turn: null,
    group: null,
    token: randomUUID(),
    ...more,
  };
  const { deliveryId: id, eventId, attempt, failures, interruptions, token } = delivery;
  await test.sql(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, attempt, failures,
       interruptions, token, lease_until)
     values ($1, $2, $3, $4, 'offer.sent', $5, $6, $7, $8, now() + interval '1 minute')`,
    [id, agencyId, webhookId, eventId, attempt, failures, interruptions, token],
  );
  return delivery;
}

const recordOf = (delivery: ClaimedDelivery, outcome: Outcome): AttemptRecord => {
  const { failures, interruptions, held } = delivery;
  const situation = { plan: 'day' as const, failures, interruptions, held, nowMs: 0, random: 0, delayScale: 1 };
  const decision = decide(outcome, situation);
  const hold = holdMs(outcome, situation);
  return { delivery, startedAtMs: Date.now(), outcome, decision, holdMs: hold, request: null };
};

async function settle(...records: AttemptRecord[]): Promise<SettleRow[]> {
  const rows = await queue.settle(records);
  await health.update(records, rows);
  return rows;
}

const audited = () =>
  test.sql(
    `select details->>'off_reason' as why from audit_log where action = 'webhook.switched_off' and target_id = $1`,
    [webhookId],
  );
const healthRows = () =>
  test.sql('select failures_in_a_row, failed_deliveries_in_a_row from webhook_health where webhook_id = $1', [
    webhookId,
  ]);
const isOn = async () =>
  (await test.sql<{ on: boolean }>('select is_active as on from webhooks where id = $1', [webhookId]))[0]!.on;

const judged = (more: Partial<SettleRow>): SettleRow => ({
  state: 'retrying',
  erased: false,
  failures_in_a_row: 30,
  failed_deliveries_in_a_row: 6,
  failing_for_ms: 6 * DAY_MS,
  down_attempts: 30,
  down_for_ms: 6 * DAY_MS,
  paused: false,
  switched_off: false,
  ...more,
});

describe('a 410', () => {
  it('is in the audit log once, however many results report it', async () => {
    await settle(recordOf(await sending(), GONE), recordOf(await sending(), GONE));
    await settle(recordOf(await sending(), GONE));
    expect(await isOn()).toBe(false);
    expect(await audited()).toEqual([{ why: 'gone' }]);
  });

  it('of a webhook that a user turned off meanwhile switches nothing off', async () => {
    const delivery = await sending();
    await test.sql(`update webhooks set is_active = false, off_reason = 'person', off_at = now() where id = $1`, [
      webhookId,
    ]);
    await settle(recordOf(delivery, GONE));
    expect(await audited()).toEqual([]);
    expect(await test.sql('select off_reason from webhooks where id = $1', [webhookId])).toEqual([
      { off_reason: 'person' },
    ]);
  });
});

describe('many webhooks that keep failing', () => {
  const followAll = async (more: Partial<SettleRow>) => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => (await test.addWebhook(agencyId, 'http://localhost:9/')).id),
    );
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since,
         down_attempts, down_since)
       select id, $2, 30, 6, now(), 30, now() from unnest($1::uuid[]) as id`,
      [ids, agencyId],
    );
    const delivery = await sending();
    const records = ids.map((id) => ({ ...recordOf(delivery, failure({})), delivery: { ...delivery, webhookId: id } }));
    const asked = jest.spyOn(test.app.get(ServiceDatabase).pool, 'query');
    await health.update(
      records,
      ids.map(() => judged(more)),
    );
    const changes = asked.mock.calls.filter(([text]) => text.includes('webhook_health'));
    asked.mockRestore();
    return { ids, statements: changes.length };
  };

  it('are paused by one statement, because all results wait for it', async () => {
    const { ids, statements } = await followAll({ failing_for_ms: 60_000, down_for_ms: 60_000 });
    expect(statements).toBe(1);
    const paused = 'select from webhook_health where webhook_id = any($1) and paused_until > now()';
    expect(await test.sql(paused, [ids])).toHaveLength(12);
  });

  it('are switched off by one statement, with their audit entries', async () => {
    const { ids, statements } = await followAll({});
    expect(statements).toBe(1);
    const off = `select from webhooks w join audit_log a on a.target_id = w.id::text
      where w.id = any($1) and w.off_reason = 'failing_5_days' and a.action = 'webhook.switched_off'`;
    expect(await test.sql(off, [ids])).toHaveLength(12);
  });
});

describe('a success between the failures and their consequences', () => {
  /** Fails again since that success. */
  const failsAgain = () =>
    test.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since) values ($1, $2, 1, now())`,
      [webhookId, agencyId],
    );

  it('keeps the webhook on', async () => {
    await failsAgain();
    await health.update([recordOf(await sending(), failure({}))], [judged({})]);
    expect([await isOn(), await audited()]).toEqual([true, []]);
  });

  it('keeps it from being paused', async () => {
    await failsAgain();
    await health.update([recordOf(await sending(), failure({}))], [judged({ failing_for_ms: 60_000 })]);
    expect(await test.sql('select paused_until from webhook_health where webhook_id = $1', [webhookId])).toEqual([
      { paused_until: null },
    ]);
  });
});

describe('our own fault', () => {
  const queued = (id: string) =>
    test.sql('select failures, interruptions, due_at > now() as later from webhook_queue where delivery_id = $1', [id]);

  it('counts neither for the plan nor for the health of the webhook', async () => {
    // Far along in its plan: as "standard" this would have been its last attempt.
    const delivery = await sending({ attempt: 4, failures: 3 });
    const [row] = await settle(recordOf(delivery, OUR_FAULT));
    expect(row!.state).toBe('retrying');
    expect(await queued(delivery.deliveryId)).toEqual([{ failures: 3, interruptions: 1, later: true }]);
    expect(await healthRows()).toEqual([]);
    expect(await test.sql('select failed_attempts from webhook_hours where webhook_id = $1', [webhookId])).toEqual([
      { failed_attempts: 0 },
    ]);
  });

  it('does not change the count of failures of the receiver', async () => {
    const [failed, ours] = [await sending(), await sending()];
    await settle(recordOf(failed, failure({})), recordOf(ours, OUR_FAULT));
    expect(await healthRows()).toEqual([{ failures_in_a_row: 1, failed_deliveries_in_a_row: 0 }]);
    expect(await test.sql('select last_reason from webhook_health where webhook_id = $1', [webhookId])).toEqual([
      { last_reason: 'server_error' },
    ]);
  });

  it('for the tenth time in a row ends the delivery, but does not affect the webhook', async () => {
    const delivery = await sending({ attempt: 10, interruptions: 9 });
    const [row] = await settle(recordOf(delivery, OUR_FAULT));
    expect(row!.state).toBe('failed');
    expect(await healthRows()).toEqual([]);
  });

  it('is reset by the next response', async () => {
    const delivery = await sending({ attempt: 6, interruptions: 5 });
    await settle(recordOf(delivery, failure({})));
    expect(await queued(delivery.deliveryId)).toEqual([{ failures: 1, interruptions: 0, later: true }]);
  });
});

describe('a late result', () => {
  it('completely replaces the lost request', async () => {
    const delivery = await sending();
    const { deliveryId, eventId } = delivery;
    await test.sql(
      `insert into webhook_events (id, agency_id, type, occurred_at, body) values ($1, $2, 'offer.sent', now(), '{}')`,
      [eventId, agencyId],
    );
    await test.sql(
      `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
       values ($1, 1, $2, $3, now(), 'interrupted', 'interrupted')`,
      [deliveryId, agencyId, webhookId],
    );
    await test.sql('update webhook_queue set token = gen_random_uuid(), attempt = 2 where delivery_id = $1', [
      deliveryId,
    ]);
    const answer = { status: 500, headers: { a: 'b' }, body: 'text', encoding: 'utf-8' as const, truncated: true };
    await settle(recordOf(delivery, failure({ answer, detail: 'why', reconnected: true })));
    const [attempt] = await test.sql('select * from all_attempts where delivery_id = $1', [deliveryId]);
    expect(attempt).toMatchObject({
      n: 1,
      outcome: 'failed',
      fenced: true,
      status: 500,
      duration_ms: 5,
      dns_ms: 1,
      connect_ms: 2,
      tls_ms: 3,
      first_byte_ms: 4,
      reconnected: true,
      detail: 'why',
      response_headers: { a: 'b' },
      response_body: 'text',
      response_truncated: true,
      response_encoding: 'utf-8',
    });
  });
});
