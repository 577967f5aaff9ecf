import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import type { NewDelivery } from '../../../test/insert-delivery.js';

const HOUR_MS = 3_600_000;

const log = deliveryLog();

const took = async (durationMs: number, more: Partial<NewDelivery> = {}): Promise<void> => {
  const { id } = await log.insert(more);
  await log.api.sql('update webhook_deliveries set duration_ms = $2 where id = $1', [id, durationMs]);
};
const answerTime = async (id = log.webhookId) =>
  (await log.agency.ask('get', `/webhooks/${id}`, null, 'viewer')).body.answer_time as object | null;

describe('how fast a webhook answers', () => {
  it('is unknown before the first success', async () => {
    expect(await answerTime()).toBeNull();
    await took(90, { state: 'failed', reason: 'down' });
    expect(await answerTime()).toBeNull();
  });

  it('is the median and the slowest 5 % of its successes, not an average', async () => {
    for (let n = 1; n <= 20; n++) await took(n * 10);
    await took(9_000);
    expect(await answerTime()).toEqual({ typical_ms: 110, slowest_5_percent_ms: 200, count: 21 });
  });

  it('leaves out failures, tests, other webhooks and yesterday', async () => {
    await took(100);
    await took(5_000, { state: 'failed', reason: 'down' });
    await took(5_001, { state: 'retrying', reason: 'down' });
    // Delivered, then failed when it was resent.
    await took(5_002, { state: 'delivered', reason: 'down' });
    await took(5_003, { test: true });
    await took(5_004, { webhookId: await log.addWebhook() });
    await took(5_005, { at: Date.now() - 25 * HOUR_MS });
    expect(await answerTime()).toEqual({ typical_ms: 100, slowest_5_percent_ms: 100, count: 1 });
  });

  it('uses the newest 1,000, and scans at most 5,000 deliveries', async () => {
    const many = (count: number, { ageMs, state, ms }: { ageMs: number; state: string; ms: number }) =>
      log.api.sql(
        `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, last_reason, attempts,
           duration_ms)
         select (lpad(to_hex($3::bigint - n), 12, '0') || '70008000000000000000')::uuid, $1, $2, $1, 'offer.sent', $4,
           case $4 when 'delivered' then 'ok' else 'down' end, 1, $5 from generate_series(1, $6::int) n`,
        [log.agency.id, log.webhookId, Date.now() - ageMs, state, ms, count],
      );
    await many(600, { ageMs: 3 * HOUR_MS, state: 'delivered', ms: 700 });
    await many(600, { ageMs: 2 * HOUR_MS, state: 'delivered', ms: 50 });
    expect(await answerTime()).toEqual({ typical_ms: 50, slowest_5_percent_ms: 700, count: 1000 });
    await many(4_990, { ageMs: HOUR_MS, state: 'failed', ms: 10_000 });
    expect(await answerTime()).toEqual({ typical_ms: 50, slowest_5_percent_ms: 50, count: 10 });
    await many(10, { ageMs: 0, state: 'failed', ms: 10_000 });
    expect(await answerTime()).toBeNull();
  });
});
