import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import request from 'supertest';
import { erasing, type ErasedDelivery } from '../../../test/erasing.js';
import { eventually } from '../../../test/eventually.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { Records } from '../../events/records/records.js';
import { RetryScheduler } from '../engine/retry.scheduler.js';

const at = erasing();
const { api, agency, issueToken, receiver, slowReceiver, addWebhook, publish, erase, erased } = at;
const { deliveryOf, deliveryIn, hashOf, queued, kept } = at;

describe('erasing what events said about a candidate', () => {
  it('removes messages and answers and keeps the rest of the log', async () => {
    const { url } = await receiver(() => ({ body: 'thank you, Jane' }));
    await addWebhook(url);
    const [mine, other] = [await publish('c-1'), await publish('c-2')];
    const { id } = await deliveryIn(mine, 'delivered');
    await deliveryIn(other, 'delivered');
    expect(await kept()).toEqual({ messages: 2, answers: 2 });
    expect(await erased('c-1')).toEqual({ events: 1, deliveries_cancelled: 0, in_flight: 0 });
    expect(await kept()).toEqual({ messages: 1, answers: 1 });

    const { body: content } = await agency.ask('get', `/deliveries/${id}/content`);
    expect(content).toMatchObject({
      body: null,
      purged_at: expect.any(String),
      attempts: [{ n: 1, request_headers: expect.any(Object), response_headers: null, response_body: null }],
    });
    const { body: found } = await agency.ask('get', '/deliveries?reference=candidate:c-1');
    expect(found.data).toMatchObject([{ id, status: 'delivered', reason: 'ok', response_status: 200, attempts: 1 }]);
    const resent = await agency.ask('post', `/deliveries/${id}/resend`);
    expect([resent.status, resent.body.code]).toEqual([409, 'purged']);
  });

  it('answers which webhooks had received it, and the audit log keeps that', async () => {
    const [payroll, ats] = [await receiver(), await receiver(() => ({ status: 500 }))];
    const [first, second] = [await addWebhook(payroll.url), await addWebhook(ats.url)];
    await agency.ask('patch', `/webhooks/${first}`, { description: 'Payroll' });
    const [one, two] = [await publish('c-1'), await publish('c-1')];
    for (const id of [one, two]) {
      await eventually(async () => {
        const states = await api.sql<ErasedDelivery>('select state from all_deliveries where event_id = $1', [id]);
        expect(states.map(({ state }) => state).toSorted()).toEqual(['delivered', 'retrying']);
      });
    }
    await agency.ask('post', '/webhooks', { url: 'https://later.example/', events: ['*'] });
    const { body } = await erase('c-1');
    expect(body.received_by).toEqual(
      [
        { webhook_id: first, description: 'Payroll', delivered: 2, tried: 0 },
        { webhook_id: second, description: '', delivered: 0, tried: 2 },
      ].toSorted((a, b) => (a.webhook_id < b.webhook_id ? -1 : 1)),
    );
    const [entry] = await api.sql<{ details: { received_by: string[] } }>(
      `select details from audit_log where agency_id = $1 and action = 'reference.erased'`,
      [agency.id],
    );
    expect(entry!.details.received_by.toSorted()).toEqual([first, second].toSorted());
    expect((await erase('c-1')).body.received_by).toEqual([]);
  });

  it('waits for events that are being stored when it begins', async () => {
    await addWebhook('https://hooks.payroll.example/bpoc');
    const [stored, late] = [await publish('c-3'), randomUUID()];
    const publisher = new pg.Client(api.app.get<DatabaseSettings>(DATABASE).directUrl);
    await publisher.connect();
    try {
      await publisher.query('begin; set local role bpoc_service');
      await publisher.query(
        `insert into webhook_events (id, agency_id, type, occurred_at, body, ref2)
         values ($1, $2, 'offer.sent', now(), '{"candidateId":"c-3"}', $3)`,
        [late, agency.id, hashOf('c-3')],
      );
      const answer = erased('c-3');
      const purged = (id: string) => api.sql('select from webhook_events where id = $1 and body is null', [id]);
      // It has passed the position of the other event.
      await eventually(async () => expect(await purged(stored)).toHaveLength(1), 20_000);
      await publisher.query('commit');
      expect(await answer).toMatchObject({ events: 2 });
      expect(await purged(late)).toHaveLength(1);
    } finally {
      await publisher.end();
    }
  });

  it('cancels pending deliveries, and nothing more is sent', async () => {
    const { url, requests } = await receiver(() => ({ status: 500, body: 'Jane?' }));
    await addWebhook(url);
    const eventId = await publish('c-1');
    await deliveryIn(eventId, 'retrying');
    expect(await erased('c-1')).toEqual({ events: 1, deliveries_cancelled: 1, in_flight: 0 });
    expect(await deliveryOf(eventId)).toMatchObject({ state: 'cancelled', last_reason: 'erased', attempts: 1 });
    expect(await queued()).toEqual([]);
    expect(await kept()).toEqual({ messages: 0, answers: 0 });
    expect(requests).toHaveLength(1);
  });

  it('keeps a delivered one delivered when its resend was pending', async () => {
    const webhookId = await addWebhook((await receiver()).url);
    const inserted = await insertDelivery(api.sql, {
      agencyId: agency.id,
      webhookId,
      references: [['candidate', 'c-1']],
    });
    await api.sql(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, logged)
       values ($1, $2, $3, $4, 'offer.sent', now() + interval '1 day', true)`,
      [inserted.id, agency.id, webhookId, inserted.eventId],
    );
    expect(await erased('c-1')).toEqual({ events: 1, deliveries_cancelled: 0, in_flight: 0 });
    expect(await deliveryOf(inserted.eventId)).toMatchObject({ state: 'delivered', last_reason: 'ok' });
    expect(await queued()).toEqual([]);
  });

  it('leaves alone what only has the same hash, which is not found by search either', async () => {
    await addWebhook('https://hooks.payroll.example/bpoc');
    const [mine, other] = [await publish('c-1'), await publish('c-2')];
    await api.sql('update webhook_events set ref2 = $2 where agency_id = $1', [agency.id, hashOf('c-1')]);
    const found = async () => {
      const { body } = await agency.ask('get', '/deliveries?reference=c-1');
      return (body.data as { event_id: string }[]).map(({ event_id }) => event_id);
    };
    expect(await found()).toEqual([mine]);
    expect(await erased('c-1')).toMatchObject({ events: 1 });
    expect(
      await api.sql('select id from webhook_events where agency_id = $1 and body is not null', [agency.id]),
    ).toEqual([{ id: other }]);
  });

  it('affects neither other agencies nor later events', async () => {
    const stranger = await api.addAgency();
    await publish('c-1', stranger);
    await publish('c-1');
    expect(await erased('c-1')).toMatchObject({ events: 1 });
    await publish('c-1');
    expect(await kept()).toEqual({ messages: 1, answers: 0 });
    expect(await api.sql('select from webhook_events where agency_id = $1 and body is null', [stranger.id])).toEqual(
      [],
    );
    expect(await erased('c-1')).toMatchObject({ events: 1 });
    expect(await erased('c-1')).toEqual({ events: 0, deliveries_cancelled: 0, in_flight: 0 });
  });

  it('empties the messages in test inboxes too', async () => {
    const { body: inbox } = await agency.ask('post', '/inboxes');
    const [mine, other] = [await publish('c-1'), await publish('c-2')];
    const arrive = (eventId: string) =>
      request(api.app.getHttpServer())
        .post(new URL(inbox.url).pathname)
        .set('webhook-id', eventId)
        .send({ candidateName: 'Jane' });
    for (const id of [mine, other]) expect((await arrive(id)).status).toBe(200);
    await erased('c-1');
    expect((await arrive(mine)).status).toBe(200);
    const { body } = await agency.ask('get', `/inboxes/${inbox.id}/messages`);
    expect(body.data.map((message: { body: string | null }) => message.body)).toEqual([
      null,
      '{"candidateName":"Jane"}',
      null,
    ]);
  });

  it('is audited without the candidate', async () => {
    await publish('c-secret');
    await erased('c-secret');
    const { body } = await agency.ask('get', '/audit?action=reference.erased');
    expect(body.data).toMatchObject([
      {
        actor: { kind: 'service', name: 'platform' },
        target: { kind: 'reference', id: null },
        details: { kind: 'candidate', events: 1, deliveries_cancelled: 0 },
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('c-secret');
  });

  it('accepts ids with any characters, up to 128', async () => {
    for (const id of ['a/b?c=d#e%20', 'ü'.repeat(128)]) {
      await publish(id);
      expect(await erased(id)).toMatchObject({ events: 1 });
    }
  });

  it('rejects invalid input and changes nothing', async () => {
    await publish('c-1');
    const refusal = async (asked: ReturnType<typeof erase>) => {
      const { status, body } = await asked;
      return [status, body.errors?.[0].field ?? body.code];
    };
    expect(await refusal(erase('c-1', { kind: 'person' }))).toEqual([400, 'kind']);
    expect(await refusal(erase('c-1', { agencyId: '' }))).toEqual([400, 'agencyId']);
    expect(await refusal(erase('c-1', { agencyId: randomUUID() }))).toEqual([400, 'agencyId']);
    expect(await refusal(erase('x'.repeat(129)))).toEqual([400, 'value']);
    expect(await refusal(erase('a\u0000'))).toEqual([400, 'value']);
    expect(await refusal(erase('c-1', { by: await issueToken([randomUUID()]) }))).toEqual([403, 'forbidden']);
    expect(await kept()).toMatchObject({ messages: 1 });
    const own = await erase('c-1', { by: await issueToken([agency.id]) });
    expect(own.body).toMatchObject({ events: 1 });
  });
});

describe('erasing while a request is in flight', () => {
  it('lets it succeed and keeps nothing of its answer', async () => {
    const { url, requests, answer } = await slowReceiver(200);
    await addWebhook(url);
    const eventId = await publish('c-1');
    await eventually(() => expect(requests).toHaveLength(1));
    expect(await erased('c-1')).toEqual({ events: 1, deliveries_cancelled: 0, in_flight: 1 });
    answer();
    expect(await deliveryIn(eventId, 'delivered')).toMatchObject({ last_reason: 'ok' });
    expect(await kept()).toEqual({ messages: 0, answers: 0 });
    expect(await queued()).toEqual([]);
  });

  it('cancels instead of retrying when it fails', async () => {
    const { url, requests, answer } = await slowReceiver(500);
    await addWebhook(url);
    const eventId = await publish('c-1');
    await eventually(() => expect(requests).toHaveLength(1));
    await erased('c-1');
    answer();
    expect(await deliveryIn(eventId, 'cancelled')).toMatchObject({ last_reason: 'erased', attempts: 1 });
    expect(await kept()).toEqual({ messages: 0, answers: 0 });
    expect(await queued()).toEqual([]);
  });

  it('keeps nothing of a result that comes after another process took over the lease', async () => {
    const { url, requests, answer } = await slowReceiver(200);
    await addWebhook(url);
    const eventId = await publish('c-1');
    await eventually(() => expect(requests).toHaveLength(1));
    await api.sql(`update webhook_queue set token = gen_random_uuid() where agency_id = $1`, [agency.id]);
    await erased('c-1');
    answer();
    const { id } = await deliveryOf(eventId);
    const attempts = () => api.sql('select fenced, status from webhook_attempts where delivery_id = $1', [id]);
    await eventually(async () => expect(await attempts()).toEqual([{ fenced: true, status: 200 }]));
    expect(await kept()).toEqual({ messages: 0, answers: 0 });
  });

  it('is finished by the sweep when the process that was sending died', async () => {
    const { url, requests } = await slowReceiver(200);
    const webhookId = await addWebhook(url);
    const eventId = await publish('c-1');
    await eventually(() => expect(requests).toHaveLength(1));
    await erased('c-1');
    // Paused, so that it is not claimed first.
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
       values ($1, $2, now(), now() + interval '1 hour')`,
      [webhookId, agency.id],
    );
    await api.sql(`update webhook_queue set token = gen_random_uuid(), lease_until = now() where agency_id = $1`, [
      agency.id,
    ]);
    await api.app.get(RetryScheduler).sweep();
    const { id } = await deliveryIn(eventId, 'cancelled');
    expect(await api.sql('select reason from webhook_attempts where delivery_id = $1', [id])).toEqual([
      { reason: 'interrupted' },
    ]);
    expect(await queued()).toEqual([]);
  });
});

describe('erasing many events', () => {
  const insert = async (count: number): Promise<void> => {
    await api.sql(
      `insert into webhook_events (id, agency_id, type, occurred_at, body, ref2)
       select (left($2, 24) || lpad(to_hex(n), 12, '0'))::uuid, $1, 'offer.sent', now(), '{"candidateId":"c-1"}', $4
       from generate_series(1, $3::int) n`,
      [
        agency.id,
        `${Date.now()
          .toString(16)
          .padStart(12, '0')
          .replace(/(.{8})/, '$1-')}-7000-8000-000000000000`,
        count,
        hashOf('c-1'),
      ],
    );
  };

  it('resumes where it was interrupted when called again', async () => {
    await insert(1000);
    const [last] = await api.sql<{ id: string }>(
      'select max(id::text) as id from webhook_events where agency_id = $1',
      [agency.id],
    );
    const { url } = api.app.get<DatabaseSettings>(DATABASE);
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query('begin; set local role bpoc_service');
    await holder.query('select from webhook_events where id = $1 for update', [last!.id]);
    const first = erase('c-1').then((answer) => answer.status);
    await eventually(async () => expect(await kept()).toMatchObject({ messages: 200 }));
    await eventually(async () => {
      const killed = await api.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%update webhook_events%'`,
      );
      expect(killed).toHaveLength(1);
    });
    expect(await first).toBe(503);
    await holder.end();
    expect(await kept()).toMatchObject({ messages: 200 });
    expect(await erased('c-1')).toMatchObject({ events: 200 });
    expect(await kept()).toMatchObject({ messages: 0 });
  });

  it('leaves no names when it is cut off, so that the next call finishes', async () => {
    await addWebhook((await receiver()).url);
    const { id } = await deliveryIn(await publish('c-9'), 'delivered');
    await api.app.get(Records).tick();
    await api.sql(`insert into message_names (delivery_id, agency_id, names) values ($1, $2, '{"jobTitle":"Cook"}')`, [
      id,
      agency.id,
    ]);
    const left = async () => {
      const { messages } = (await kept())!;
      const names = await api.sql('select from message_names where agency_id = $1', [agency.id]);
      const records = await api.sql(`select from records where agency_id = $1 and kind = 'candidate'`, [agency.id]);
      return [messages, names.length, records.length];
    };
    expect(await left()).toEqual([1, 1, 1]);
    await api.sql(`create function fail() returns trigger language plpgsql as $$ begin raise 'cut off'; end $$;
      create trigger fail before delete on message_names for each row execute function fail()`);
    expect((await erase('a-1', { kind: 'application' })).status).toBe(500);
    await api.sql('drop function fail() cascade');
    expect((await erase('a-1', { kind: 'application' })).body).toMatchObject({ events: 1 });
    expect(await left()).toEqual([0, 0, 0]);
  });

  it('leaves nothing behind while events are accepted and sent', async () => {
    const { url } = await receiver((_request, count) => ({ status: count % 3 === 0 ? 500 : 200, body: 'Jane' }));
    await addWebhook(url);
    await addWebhook(url);
    const publishing = { left: 4 };
    const accepted: string[] = [];
    const publisher = async () => {
      for (let n = 0; n < 100; n++) accepted.push(await publish('c-1'));
      publishing.left--;
    };
    const eraser = async () => {
      for (let rounds = 0; publishing.left > 0; rounds++) {
        const before = [...accepted];
        await erased('c-1');
        const missed = await api.sql('select id from webhook_events where id = any($1) and body is not null', [before]);
        expect([rounds, missed]).toEqual([rounds, []]);
      }
    };
    await Promise.all([publisher(), publisher(), publisher(), publisher(), eraser(), eraser()]);
    await erased('c-1');
    await eventually(async () => expect(await queued()).toEqual([]), 30_000);
    expect(accepted).toHaveLength(400);
    expect(await kept()).toEqual({ messages: 0, answers: 0 });
    const states = await api.sql<{ state: string; last_reason: string }>(
      'select distinct state, last_reason from webhook_deliveries where agency_id = $1 order by 1, 2',
      [agency.id],
    );
    expect(states).toEqual([
      { state: 'cancelled', last_reason: 'erased' },
      { state: 'delivered', last_reason: 'ok' },
    ]);
  });
});
