import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startApiApp } from '../../../test/api-app.js';
import { deliveryLog } from '../../../test/delivery-log.js';
import { eventually } from '../../../test/eventually.js';
import { startReceiver } from '../../../test/receiver.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { DomainEvents } from '../../events/domain-events.js';

const log = deliveryLog();

async function attempt(deliveryId: string, n: number, more: { reason?: string; body?: string } = {}): Promise<void> {
  const { reason = 'ok', body = 'thanks' } = more;
  await log.api.sql(
    `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status,
       duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, version, release, signed_at, signatures,
       response_headers, response_body)
     values ($1, $2, $3, $4, '2026-01-22T10:30:00Z', $5, $6, 200, 92, 4, 20, 31, 37, 1, '0.1.0', 1769077800, 1,
       '{"server":"x"}', $7)`,
    [deliveryId, n, log.agency.id, log.webhookId, reason === 'ok' ? 'succeeded' : 'failed', reason, body],
  );
}

describe('one delivery', () => {
  it('shows its event and every attempt, without bodies', async () => {
    const { id, eventId } = await log.insert({ state: 'failed' });
    await attempt(id, 2);
    await attempt(id, 1, { reason: 'down' });
    const { body } = await log.agency.ask('get', `/deliveries/${id}`, null, 'viewer');
    expect(body).toMatchObject({
      id,
      status: 'failed',
      retry_plan: 'standard',
      max_attempts: 4,
      event_detail: { id: eventId, type: 'offer.sent', test: false, size_bytes: 24, purged_at: null },
    });
    expect(body.timeline.map(({ n, reason }: { n: number; reason: string }) => [n, reason])).toEqual([
      [1, 'down'],
      [2, 'ok'],
    ]);
    expect(body.timeline[1]).toEqual({
      n: 2,
      started_at: '2026-01-22T10:30:00.000Z',
      outcome: 'succeeded',
      reason: 'ok',
      fenced: false,
      response_status: 200,
      duration_ms: 92,
      timing: { dns_ms: 4, connect_ms: 20, tls_ms: 31, first_byte_ms: 37 },
      reconnected: false,
      detail: null,
      certificate_expired_at: null,
      mails: null,
      version: 1,
      address: null,
    });
    expect(body.resends).toEqual([]);
    expect(JSON.stringify(body)).not.toMatch(/thanks|é/);
  });

  it('shows how answers begin in passing: without personal data, and without a line in the audit log', async () => {
    const { id, eventId } = await log.insert({ state: 'failed' });
    const event = '{"data":{"candidateName":"Maria Santos"}}';
    await log.api.sql('update webhook_events set body = $2 where id = $1', [eventId, event]);
    await attempt(id, 1, { reason: 'down', body: 'maintenance' });
    await attempt(id, 2, { reason: 'down', body: `Maria Santos <m@example.com>${'x'.repeat(900)}` });
    const read = async (role: 'viewer' | 'member') =>
      (await log.agency.ask('get', `/deliveries/${id}`, null, role)).body.answers;
    const [second, first, ...others] = await read('member');
    expect([first, others]).toEqual([{ n: 1, text: 'maintenance' }, []]);
    expect(second).toMatchObject({ n: 2, text: expect.stringMatching(/^••• <•••>x{400,490}$/) });
    expect(await read('viewer')).toEqual([]);
    await log.api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [eventId]);
    expect(await read('member')).toEqual([]);
    expect(await log.api.sql('select from audit_log where target_id = $1', [id])).toEqual([]);
  });

  it('shows when the certificate of the receiver expired', async () => {
    const { id } = await log.insert({ state: 'failed' });
    await attempt(id, 1, { reason: 'tls_expired' });
    await log.api.sql(
      `update webhook_attempts set certificate_expired_at = '2026-01-02T03:04:05Z' where delivery_id = $1`,
      [id],
    );
    const { timeline } = (await log.agency.ask('get', `/deliveries/${id}`, null, 'viewer')).body;
    expect(timeline[0].certificate_expired_at).toBe('2026-01-02T03:04:05.000Z');
  });

  it('is shown as of one moment, also when it is settled while it is read', async () => {
    const { id, eventId } = await log.insert({ state: 'waiting' });
    const holder = new pg.Client(log.api.app.get<DatabaseSettings>(DATABASE).directUrl);
    await holder.connect();
    try {
      // The timeline is read after the delivery, and waits for this lock.
      await holder.query('begin; lock table webhook_versions in access exclusive mode');
      const asked = log.agency.ask('get', `/deliveries/${id}`, null, 'viewer').then(({ body }) => body);
      await eventually(async () => {
        const waiting = await log.api.sql(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(waiting).toHaveLength(1);
      });
      await log.api.sql(
        `with settled as (delete from webhook_queue where delivery_id = $1 returning *)
         insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state, attempts, last_status,
           last_reason, started_at, version, release, signed_at)
         select $1, agency_id, webhook_id, $2, event_type, 'delivered', 1, 200, 'ok', now(), 1, '0.1.0', 1769077800
         from settled`,
        [id, eventId],
      );
      await holder.query('commit');
      expect(await asked).toMatchObject({ status: 'waiting', attempts: 0, timeline: [] });
    } finally {
      await holder.end();
    }
    const { body } = await log.agency.ask('get', `/deliveries/${id}`, null, 'viewer');
    expect(body).toMatchObject({ status: 'delivered', attempts: 1, timeline: [{ n: 1, outcome: 'succeeded' }] });
  });

  it('shows a first attempt that was interrupted, and does not count the one in flight', async () => {
    const { id } = await log.insert({ state: 'waiting' });
    const shown = async () => {
      const { body } = await log.agency.ask('get', `/deliveries/${id}`, null, 'viewer');
      return [body.status, body.attempts, body.timeline.map(({ n, outcome }: Record<string, unknown>) => [n, outcome])];
    };
    const claim = (n: number) =>
      log.api.sql('update webhook_queue set attempt = $2, token = gen_random_uuid() where delivery_id = $1', [id, n]);
    await claim(1);
    expect(await shown()).toEqual(['waiting', 0, []]);
    await log.api.sql(
      `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
       values ($1, 1, $2, $3, now(), 'interrupted', 'interrupted')`,
      [id, log.agency.id, log.webhookId],
    );
    await claim(2);
    expect(await shown()).toEqual(['waiting', 1, [[1, 'interrupted']]]);
    const { body } = await log.agency.ask('get', `/deliveries/${id}/content`);
    expect(body.attempts).toMatchObject([{ n: 1, request_headers: null, response_headers: null, response_body: null }]);
  });

  it('outlives its event', async () => {
    const { id, eventId } = await log.insert();
    await log.api.sql('delete from webhook_events where id = $1', [eventId]);
    expect((await log.agency.ask('get', `/deliveries/${id}`)).body).toMatchObject({ id, event_detail: null });
    expect((await log.agency.ask('get', `/deliveries/${id}/content`)).body).toMatchObject({ body: null });
  });

  it('shows every attempt, but only the newest 512 KiB of answers', async () => {
    const { id } = await log.insert({ state: 'failed', attempts: 40 });
    await log.api.sql(
      `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status,
         response_headers, response_body)
       select $1, n, $2, $3, now(), 'failed', 'server_error', 500, '{"x":"y"}', repeat('x', 16384)
       from generate_series(1, 40) n`,
      [id, log.agency.id, log.webhookId],
    );
    const { attempts } = (await log.agency.ask('get', `/deliveries/${id}/content`)).body;
    const shown = (attempts as { n: number; response_body: string | null; response_truncated: boolean }[]).map(
      ({ n, response_body: body, response_truncated: cut }) => [n, body?.length ?? null, cut],
    );
    expect(shown).toEqual(Array.from({ length: 40 }, (_, n) => (n < 9 ? [n + 1, null, true] : [n + 1, 16_384, false])));
    expect((await log.agency.ask('get', `/deliveries/${id}`)).body.timeline).toHaveLength(40);
  });

  it('shows its contents to members and audits the read', async () => {
    const { id, eventId } = await log.insert();
    await attempt(id, 1);
    expect((await log.agency.ask('get', `/deliveries/${id}/content`, null, 'viewer')).status).toBe(403);
    const { body } = await log.agency.ask('get', `/deliveries/${id}/content`, null, 'member');
    expect(body).toEqual({
      body: '{"event":"é","data":{}}',
      purged_at: null,
      attempts: [
        {
          n: 1,
          request_headers: {
            accept: '*/*',
            'content-type': 'application/json',
            'user-agent': 'BPOC-Webhooks/0.1.0',
            'x-webhook-event': 'offer.sent',
            'x-webhook-delivery': id,
            'x-webhook-attempt': '1',
            'webhook-id': eventId,
            'webhook-timestamp': '1769077800',
            'x-webhook-signature': 'sha256=…',
            'webhook-signature': 'v1,…',
          },
          response_headers: { server: 'x' },
          response_body: 'thanks',
          response_body_encoding: 'utf-8',
          response_truncated: false,
        },
      ],
    });
    const audited = await log.api.sql('select action, actor_name, details from audit_log where target_id = $1', [id]);
    expect(audited).toEqual([{ action: 'delivery.content_read', actor_name: 'member', details: {} }]);
  });

  it('shows that its message was erased', async () => {
    const { id, eventId } = await log.insert();
    await log.api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [eventId]);
    const { body } = await log.agency.ask('get', `/deliveries/${id}/content`);
    expect(body).toMatchObject({ body: null, purged_at: expect.any(String) });
    expect((await log.agency.ask('get', `/deliveries/${id}`)).body.event_detail).toMatchObject({ size_bytes: null });
  });
});

describe('a webhook whose address was changed', () => {
  it('shows where each attempt went, and with which headers', async () => {
    const api = await startApiApp({ ROLE: 'all' });
    const [first, second] = [await startReceiver(), await startReceiver()];
    try {
      const agency = await api.addAgency();
      const asked = { url: first.url, events: ['*'], headers: { 'x-first': 'a secret value' } };
      const { id: webhookId } = (await agency.ask('post', '/webhooks', asked)).body as { id: string };
      const data = { offerId: 'offer-1', applicationId: 'a-1', candidateId: 'c-1', sentAt: '2026-01-22T10:30:00.000Z' };
      await api.app.get(DomainEvents).publish({ type: 'offer.sent', agencyId: agency.id, data });
      const delivered = (attempts: number) =>
        eventually(async () => {
          const [delivery] = (await agency.ask('get', '/deliveries')).body.data as { id: string }[];
          expect(delivery).toMatchObject({ status: 'delivered', attempts });
          return delivery!.id;
        });
      const id = await delivered(1);
      await agency.ask('patch', `/webhooks/${webhookId}`, { url: second.url, headers: null });
      await agency.ask('post', `/deliveries/${id}/resend`);
      await delivered(2);

      const { timeline } = (await agency.ask('get', `/deliveries/${id}`)).body;
      expect(timeline).toMatchObject([
        { n: 1, address: expect.stringContaining(first.url), version: 1 },
        { n: 2, address: expect.stringContaining(second.url), version: 2 },
      ]);
      const { attempts } = (await agency.ask('get', `/deliveries/${id}/content`)).body;
      const [sent, kept] = [first.requests[0]!.headers, attempts[0].request_headers];
      expect(kept).toMatchObject({ 'x-first': '…', 'x-webhook-signature': 'sha256=…', 'webhook-signature': 'v1,…' });
      const own = Object.keys(kept).filter((name) => !/^x-first$|signature$/.test(name));
      expect(own.map((name) => [name, kept[name]])).toEqual(own.map((name) => [name, sent[name]]));
      expect(Object.keys(attempts[1].request_headers)).toEqual(Object.keys(kept).filter((name) => name !== 'x-first'));
    } finally {
      await api.close();
      await Promise.all([first.close(), second.close()]);
    }
  });
});

describe('resending a delivery', () => {
  const resend = (id: string, role?: 'viewer' | 'member') =>
    log.agency.ask('post', `/deliveries/${id}/resend`, null, role);
  const queued = (id: string) =>
    log.api.sql<{ due: boolean }>('select due_at <= now() as due from webhook_queue where delivery_id = $1', [id]);

  it('queues it now and is audited', async () => {
    const { id } = await log.insert({ state: 'failed' });
    const { status, body } = await resend(id, 'member');
    expect(status).toBe(202);
    expect(body).toMatchObject({ id, status: 'waiting', attempts: 1, next_attempt_at: expect.any(String) });
    expect(await queued(id)).toEqual([{ due: true }]);
    const audited = await log.api.sql('select action, actor_name from audit_log where target_id = $1', [id]);
    expect(audited).toEqual([{ action: 'delivery.resent', actor_name: 'member' }]);
  });

  it('is listed with actor and time, apart from other audit entries', async () => {
    const [{ id }, other] = [await log.insert({ state: 'failed' }), await log.insert({ state: 'failed' })];
    await resend(other.id);
    await log.agency.ask('get', `/deliveries/${id}/content`);
    await resend(id, 'member');
    await log.agency.ask('post', `/deliveries/${id}/cancel`);
    await log.api.sql(
      `insert into audit_log (id, agency_id, at, actor_kind, actor_name, action, target_kind, target_id)
       values ($1, $2, now() - interval '1 hour', 'user', 'Anna Berg', 'delivery.resent', 'delivery', $3),
         ($4, $2, now() - interval '2 hours', 'key', null, 'delivery.resent', 'delivery', $3),
         ($5, $6, now(), 'user', 'Not of this agency', 'delivery.resent', 'delivery', $3)`,
      [randomUUID(), log.agency.id, id, randomUUID(), randomUUID(), (await log.api.addAgency()).id],
    );
    const { resends } = (await log.agency.ask('get', `/deliveries/${id}`, null, 'viewer')).body;
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(resends).toEqual([
      { at, by: 'an API key', recovery_id: null },
      { at, by: 'Anna Berg', recovery_id: null },
      { at, by: 'member', recovery_id: null },
    ]);
  });

  it('brings a planned retry forward', async () => {
    const { id } = await log.insert({ state: 'retrying' });
    expect((await resend(id)).body.status).toBe('retrying');
    expect(await queued(id)).toEqual([{ due: true }]);
  });

  it('is refused while in flight, while the webhook is off, and after the message was erased', async () => {
    const flying = await log.insert({ state: 'waiting' });
    await log.api.sql(
      `update webhook_queue set token = $2, lease_until = now() + interval '1 minute' where delivery_id = $1`,
      [flying.id, randomUUID()],
    );
    const erased = await log.insert({ state: 'failed' });
    await log.api.sql('update webhook_events set body = null, purged_at = now() where id = $1', [erased.eventId]);
    const failed = await log.insert({ state: 'failed' });
    const refusals = [(await resend(flying.id)).body, (await resend(erased.id)).body];
    await log.agency.ask('patch', `/webhooks/${log.webhookId}`, { is_active: false });
    refusals.push((await resend(failed.id)).body);
    expect(refusals.map(({ status, code }) => [status, code])).toEqual([
      [409, 'delivery_in_flight'],
      [409, 'purged'],
      [409, 'webhook_off'],
    ]);
    expect(await queued(failed.id)).toEqual([]);
    expect(await log.api.sql('select from audit_log where target_id = $1', [failed.id])).toEqual([]);
  });

  it('requires a member', async () => {
    const { id } = await log.insert({ state: 'failed' });
    expect((await resend(id, 'viewer')).status).toBe(403);
  });
});
