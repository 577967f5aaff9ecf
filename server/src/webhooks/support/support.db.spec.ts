import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { ApiKeys } from '../../auth/keys/api-keys.service.js';
import { ServiceDatabase } from '../../database/service-database.js';

/* What the operators' support sees: which agencies have trouble, by ids only. */

let api: ApiApp;
let agency: Agency;
let other: Agency;
let webhookId: string;

beforeAll(async () => {
  api = await startApiApp({ ROLE: 'api', ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8' });
  [agency, other] = [await api.addAgency(), await api.addAgency()];
  const asked = { url: 'http://127.0.0.1:9/secret-path', events: ['*'], description: 'Marias payroll' };
  webhookId = (await agency.ask('post', '/webhooks', asked).expect(201)).body.id as string;
  await other.ask('post', '/webhooks', asked).expect(201);
  await api.sql(
    `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, failing_since, last_reason)
     values ($1, $2, 6, '2026-01-22T10:30:00Z', 'timeout')`,
    [webhookId, agency.id],
  );
});
afterAll(() => api?.close());

async function asking(path: string, agencyIds: string[] | null = null) {
  const about = { name: 'Support desk', createdBy: 'test', scopes: ['support' as const], agencyIds };
  const { token } = await api.app
    .get(ServiceDatabase)
    .transaction((manager) => api.app.get(ApiKeys).issueServiceToken(manager, about));
  return request(api.app.getHttpServer()).get(`/api/internal/support/${path}`).set('authorization', `Bearer ${token}`);
}

it('lists agencies with trouble, to tokens for them, and writes it to their audit logs', async () => {
  const { body } = await asking('troubles');
  const trouble = {
    agency_id: agency.id,
    paused: 0,
    failing: 1,
    off: 0,
    late: 0,
    since: '2026-01-22T10:30:00.000Z',
    pending: 0,
  };
  expect(body).toEqual({ data: [trouble] });
  expect((await asking('troubles', [agency.id])).body).toEqual({ data: [trouble] });
  expect((await asking('troubles', [other.id])).body).toEqual({ data: [] });
  const audited = await api.sql<{ agency_id: string; actor_name: string }>(
    `select agency_id, actor_name from audit_log where action = 'support.read'`,
  );
  expect(audited).toEqual(Array.from({ length: 2 }, () => ({ agency_id: agency.id, actor_name: 'Support desk' })));
});

it('lists an agency whose deliveries are late, though nothing failed, unless their webhook may wait', async () => {
  const [webhook] = await api.sql<{ id: string }>('select id from webhooks where agency_id = $1', [other.id]);
  await insertDelivery(api.sql, { agencyId: other.id, webhookId: webhook!.id, state: 'waiting' });
  const late = async () =>
    ((await asking('troubles', [other.id])).body as { data: { late: number; pending: number }[] }).data;
  const due = (minutesAgo: number) =>
    api.sql(`update webhook_queue set due_at = now() - $1 * interval '1 minute'`, [minutesAgo]);
  await due(4);
  expect(await late()).toEqual([]);
  await due(6);
  expect(await late()).toMatchObject([{ agency_id: other.id, late: 1, pending: 1, failing: 0 }]);
  await api.sql(
    `insert into webhook_flow (webhook_id, agency_id, every_ms, one_by_one, next_at)
     values ($1, $2, 1, false, now() + interval '1 minute')`,
    [webhook!.id, other.id],
  );
  expect(await late()).toEqual([]);
});

it('shows the webhooks of an agency without names and addresses', async () => {
  const { body, text } = await asking(`agencies/${agency.id}`);
  expect(body.data).toEqual([expect.objectContaining({ id: webhookId, failures_in_a_row: 6, last_reason: 'timeout' })]);
  expect(text).not.toMatch(/secret-path|Maria|127\.0\.0\.1/);
  expect((await asking(`agencies/${agency.id}`, [other.id])).status).toBe(404);
  expect((await asking('agencies/0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21')).status).toBe(404);
});
