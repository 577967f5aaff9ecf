import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { type NewDelivery, insertDelivery } from '../../../test/insert-delivery.js';

let api: ApiApp;
let agency: Agency;
let webhookId: string;

beforeAll(async () => {
  // Nothing is delivered here: deliveries are laid out by hand.
  api = await startApiApp({ ROLE: 'api' });
}, 60_000);
afterAll(() => api?.close());
beforeEach(async () => {
  agency = await api.addAgency();
  const asked = { url: 'https://hooks.payroll.example/bpoc', events: ['*'] };
  webhookId = (await agency.ask('post', '/webhooks', asked)).body.id;
});

const lay = async (more: Partial<NewDelivery>) =>
  (await insertDelivery(api.sql, { agencyId: agency.id, webhookId, ...more })).id;
const cancel = (id: string, role: 'viewer' | 'member' = 'member') =>
  agency.ask('post', `/deliveries/${id}/cancel`, null, role);
const stored = async (id: string) =>
  (
    await api.sql<{ state: string; last_reason: string; owed: boolean }>(
      `select state, last_reason, exists (select from webhook_queue where delivery_id = $1) as owed from webhook_deliveries where id = $1`,
      [id],
    )
  )[0];
const auditOf = async (id: string) =>
  (await api.sql<{ action: string }>('select action from audit_log where target_id = $1', [id])).map(
    ({ action }) => action,
  );

describe('cancelling a delivery', () => {
  it.each(['waiting', 'retrying'])('that is %s ends it for good, and is on record', async (state) => {
    const id = await lay({ state });
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      status: 'cancelled',
      reason: 'cancelled',
      next_attempt_at: null,
      finished_at: expect.any(String),
    });
    expect(await stored(id)).toEqual({ state: 'cancelled', last_reason: 'cancelled', owed: false });
    expect(await auditOf(id)).toEqual(['delivery.cancelled']);
    expect((await cancel(id)).body.code).toBe('not_owed');
    expect((await agency.ask('post', `/deliveries/${id}/resend`)).body.code).toBe('cancelled');
    expect(await stored(id)).toMatchObject({ state: 'cancelled', owed: false });
  });

  it('whose lease ran out ends it: nobody is sending it any more, and the request that was lost is on record', async () => {
    const id = await lay({ state: 'retrying' });
    await api.sql(
      `update webhook_queue set token = gen_random_uuid(), attempt = 2, lease_until = now() - interval '1 second' where delivery_id = $1`,
      [id],
    );
    expect((await cancel(id)).body).toMatchObject({ status: 'cancelled', attempts: 2 });
    const { timeline } = (await agency.ask('get', `/deliveries/${id}`)).body;
    expect(timeline).toMatchObject([{ n: 2, outcome: 'interrupted', reason: 'interrupted' }]);
  });

  it('that is being sent is refused, and nothing changes', async () => {
    const id = await lay({ state: 'retrying' });
    await api.sql(
      `update webhook_queue set token = gen_random_uuid(), lease_until = now() + interval '1 minute' where delivery_id = $1`,
      [id],
    );
    const answer = await cancel(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'delivery_in_flight']);
    expect(await stored(id)).toMatchObject({ state: 'retrying', owed: true });
    expect(await auditOf(id)).toEqual([]);
  });

  it.each(['delivered', 'failed', 'skipped', 'cancelled'])('that is %s is refused: nothing is owed', async (state) => {
    const id = await lay({ state });
    const answer = await cancel(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'not_owed']);
    expect(await stored(id)).toMatchObject({ state, owed: false });
  });

  it('that was delivered and is to be sent again drops the sending and leaves it delivered', async () => {
    const id = await lay({ state: 'delivered' });
    expect((await agency.ask('post', `/deliveries/${id}/resend`)).status).toBe(202);
    expect((await cancel(id)).body).toMatchObject({ status: 'delivered', reason: 'ok', next_attempt_at: null });
    expect(await stored(id)).toEqual({ state: 'delivered', last_reason: 'ok', owed: false });
  });

  it('while others cancel and resend it ends in one of the two states, whole', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await lay({ state: 'retrying' });
      const resend = () => agency.ask('post', `/deliveries/${id}/resend`);
      const answers = await Promise.all([cancel(id), resend(), cancel(id), resend(), cancel(id)]);
      for (const { status, body } of answers) {
        expect([200, 202, 409]).toContain(status);
        if (status === 409) expect(['not_owed', 'cancelled', 'delivery_in_flight']).toContain(body.code);
      }
      const { state, owed } = (await stored(id))!;
      expect([state, owed]).toEqual(
        owed ? [expect.stringMatching(/^(waiting|retrying)$/), true] : ['cancelled', false],
      );
    }
  });

  it('while the webhook is switched off answers clearly and leaves nothing owed', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await lay({ state: 'retrying' });
      const off = agency.ask('patch', `/webhooks/${webhookId}`, { is_active: false });
      const [cancelled, switched] = await Promise.all([cancel(id), off]);
      expect([200, 409]).toContain(cancelled.status);
      expect(switched.status).toBe(200);
      expect((await stored(id))!.owed).toBe(false);
      await agency.ask('patch', `/webhooks/${webhookId}`, { is_active: true });
    }
  });

  it('is for members, and for the own agency', async () => {
    const id = await lay({ state: 'waiting' });
    expect((await cancel(id, 'viewer')).status).toBe(403);
    const other = await api.addAgency();
    expect((await other.ask('post', `/deliveries/${id}/cancel`)).status).toBe(404);
    expect(await stored(id)).toMatchObject({ state: 'waiting', owed: true });
  });
});
