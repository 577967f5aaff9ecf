import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import type { NewDelivery } from '../../../test/insert-delivery.js';

const log = deliveryLog();

const insert = async (more: Partial<NewDelivery>) => (await log.insert(more)).id;
const cancel = (id: string, role: 'viewer' | 'member' = 'member') =>
  log.agency.ask('post', `/deliveries/${id}/cancel`, null, role);
const stored = async (id: string) =>
  (
    await log.api.sql<{ state: string; last_reason: string; queued: boolean }>(
      `select state, last_reason, exists (select from webhook_queue where delivery_id = $1) as queued
       from all_deliveries where id = $1`,
      [id],
    )
  )[0];
const auditOf = async (id: string) =>
  (await log.api.sql<{ action: string }>('select action from audit_log where target_id = $1', [id])).map(
    ({ action }) => action,
  );

describe('cancelling a delivery', () => {
  it.each(['waiting', 'retrying'])('that is %s is final and audited', async (state) => {
    const id = await insert({ state });
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: 'cancelled',
      reason: 'cancelled',
      next_attempt_at: null,
      finished_at: expect.any(String),
    });
    expect(await stored(id)).toEqual({ state: 'cancelled', last_reason: 'cancelled', queued: false });
    expect(await auditOf(id)).toEqual(['delivery.cancelled']);
    expect((await cancel(id)).body.code).toBe('not_owed');
    expect((await log.agency.ask('post', `/deliveries/${id}/resend`)).body.code).toBe('cancelled');
    expect(await stored(id)).toMatchObject({ state: 'cancelled', queued: false });
  });

  it('whose lease has expired cancels it and records the lost request', async () => {
    const id = await insert({ state: 'retrying' });
    await log.api.sql(
      `update webhook_queue set token = gen_random_uuid(), attempt = 2, lease_until = now() - interval '1 second'
       where delivery_id = $1`,
      [id],
    );
    expect((await cancel(id)).body).toMatchObject({ status: 'cancelled', attempts: 2 });
    const { timeline } = (await log.agency.ask('get', `/deliveries/${id}`)).body;
    expect(timeline).toMatchObject([{ n: 2, outcome: 'interrupted', reason: 'interrupted' }]);
  });

  it('that is in flight is refused and changes nothing', async () => {
    const id = await insert({ state: 'retrying' });
    await log.api.sql(
      `update webhook_queue set token = gen_random_uuid(), lease_until = now() + interval '1 minute'
       where delivery_id = $1`,
      [id],
    );
    const answer = await cancel(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'delivery_in_flight']);
    expect(await stored(id)).toMatchObject({ state: 'retrying', queued: true });
    expect(await auditOf(id)).toEqual([]);
  });

  it.each(['delivered', 'failed', 'skipped', 'cancelled'])(
    'that is %s is refused: it is not pending',
    async (state) => {
      const id = await insert({ state });
      const answer = await cancel(id);
      expect([answer.status, answer.body.code]).toEqual([409, 'not_owed']);
      expect(await stored(id)).toMatchObject({ state, queued: false });
    },
  );

  it('that was delivered drops a pending resend and stays delivered', async () => {
    const id = await insert({ state: 'delivered' });
    expect((await log.agency.ask('post', `/deliveries/${id}/resend`)).status).toBe(202);
    expect((await cancel(id)).body).toMatchObject({ status: 'delivered', reason: 'ok', next_attempt_at: null });
    expect(await stored(id)).toEqual({ state: 'delivered', last_reason: 'ok', queued: false });
  });

  it('concurrently with cancels and resends leaves it either pending or cancelled', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await insert({ state: 'retrying' });
      const resend = () => log.agency.ask('post', `/deliveries/${id}/resend`);
      const answers = await Promise.all([cancel(id), resend(), cancel(id), resend(), cancel(id)]);
      for (const { status, body } of answers) {
        expect([200, 202, 409]).toContain(status);
        if (status === 409) expect(['not_owed', 'cancelled', 'delivery_in_flight']).toContain(body.code);
      }
      const { state, queued } = (await stored(id))!;
      expect([state, queued]).toEqual(
        queued ? [expect.stringMatching(/^(waiting|retrying)$/), true] : ['cancelled', false],
      );
    }
  });

  it('while the webhook is being switched off gets a clear answer and leaves nothing queued', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await insert({ state: 'retrying' });
      const off = log.agency.ask('patch', `/webhooks/${log.webhookId}`, { is_active: false });
      const [cancelled, switched] = await Promise.all([cancel(id), off]);
      expect([200, 409]).toContain(cancelled.status);
      expect(switched.status).toBe(200);
      expect((await stored(id))!.queued).toBe(false);
      await log.agency.ask('patch', `/webhooks/${log.webhookId}`, { is_active: true });
    }
  });

  it('requires a member of the same agency', async () => {
    const id = await insert({ state: 'waiting' });
    expect((await cancel(id, 'viewer')).status).toBe(403);
    const other = await log.api.addAgency();
    expect((await other.ask('post', `/deliveries/${id}/cancel`)).status).toBe(404);
    expect(await stored(id)).toMatchObject({ state: 'waiting', queued: true });
  });
});
