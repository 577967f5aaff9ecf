import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import request from 'supertest';
import {
  addWebhook,
  applicationCreated,
  bearer,
  deliveriesOf,
  type CreatedWebhook,
  type EventToPublish,
} from '../support/client.js';
import { CutProxy } from '../support/cut-proxy.js';
import { withDatabase } from '../support/database.js';
import { eventually, throughout } from '../support/eventually.js';
import { findNats, type NatsServer, NatsPublisher, startNats } from '../support/nats.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith } from '../support/requirements.js';
import { copyDatabase, copyOf } from '../support/shared-database.js';
import { serviceToken } from '../support/service-token.js';
import { newDataDir, ServerProcess, startServer, type TestServer } from '../support/server.js';

/* Events that other services publish to NATS JetStream. */

const SUBJECT = 'bpoc.events.application.created';

interface Rejected {
  id: string;
  agency_id: string | null;
  subject: string;
  message_id: string | null;
  code: string;
  reason: string;
  errors: { field: string; code: string }[];
}

describeWith('nats', findNats(), 'events from NATS', () => {
  const dataDir = newDataDir();
  let database: CutProxy;
  let nats: NatsServer;
  let publisher: NatsPublisher;
  let server: TestServer;
  let receiver: Receiver;
  let webhook: CreatedWebhook;
  let token: string;

  beforeAll(async () => {
    [nats, receiver] = await Promise.all([startNats(), startReceiver()]);
    await copyDatabase(dataDir);
    const { url } = copyOf(dataDir)!;
    database = await new CutProxy(Number(new URL(url).port)).restore();
    const throughProxy = url.replace(/@[^/]+/, `@${new URL(database.url).host}`);
    // Not another copy.
    server = await startServer({ env: { NATS_URL: nats.url, DATABASE_URL: throughProxy }, ownDatabase: true }, dataDir);
    webhook = await addWebhook(server, { url: receiver.url('/hook'), traceparent: true });
    token = await serviceToken(server.dataDir, { scopes: ['rejected'] });
    publisher = await NatsPublisher.connect([nats.url]);
  });
  afterAll(async () => {
    await publisher?.close();
    await server?.stop();
    await database?.cut();
    await receiver?.close();
    await nats?.stop();
  });

  const internal = (path = '') => `/api/internal/rejected-events${path}`;
  const rejected = async (): Promise<Rejected[]> => {
    const { status, body } = await bearer(server.url, token).get(internal());
    expect(status).toBe(200);
    return (body as { data: Rejected[] }).data;
  };
  /** Of the message with this Nats-Msg-Id. */
  const rejectionOf = (messageId: string) =>
    eventually(async () => {
      const found = (await rejected()).find(({ message_id }) => message_id === messageId);
      if (!found) throw new Error(`no rejected event ${messageId}`);
      return found;
    });
  const publish = (
    event: unknown,
    {
      subject = SUBJECT,
      messageId = randomUUID(),
      ...more
    }: { subject?: string; messageId?: string; traceparent?: string } = {},
  ) => publisher.publish(event, { subject, messageId, ...more }).then(() => messageId);
  const withId = (id: string, event: EventToPublish): EventToPublish => ({ ...event, id });
  const received = (event: EventToPublish) =>
    receiver.requests('/hook').filter(({ body }) => body.includes(event.data['applicationId'] as string));
  const arrived = (event: EventToPublish, count = 1) => eventually(() => expect(received(event)).toHaveLength(count));

  /** The value of one line of /metrics. */
  const metric = async (name: string): Promise<number> => {
    const { text } = await request(server.url).get('/metrics');
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    );
  };

  it('are delivered like those of the API, and leave the stream', async () => {
    const event = applicationCreated(server);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await publish(event, { traceparent });
    await arrived(event);
    expect(received(event)[0]!.headers['traceparent']).toBe(traceparent);
    expect(JSON.parse(received(event)[0]!.body.toString())).toMatchObject({
      event: 'application.created',
      data: event.data,
    });
    await eventually(async () => {
      expect(await metric('bpoc_nats_messages_total{result="accepted"}')).toBeGreaterThan(0);
      expect(await metric('bpoc_nats_pending_events{state="waiting"}')).toBe(0);
      expect(await metric('bpoc_nats_pending_events{state="under_way"}')).toBe(0);
      expect(await metric('bpoc_nats_oldest_seconds')).toBe(0);
    });
  });

  it('are published once per id of the body or Nats-Msg-Id, also together with the API', async () => {
    const [first, second] = [applicationCreated(server), applicationCreated(server)];
    const [key, other] = [randomUUID(), randomUUID()];
    await bearer(server.url, server.demo.serviceToken).post('/api/internal/events').send(withId(key, first));
    await publisher.publish(withId(key, first), { subject: SUBJECT });
    await publisher.publish(first, { subject: SUBJECT, messageId: key });
    await publisher.publish(second, { subject: SUBJECT, messageId: other });
    await publisher.publish(withId(other, second), { subject: SUBJECT });
    // Later than all of them.
    const last = applicationCreated(server);
    await publish(last);
    await arrived(last);
    expect([received(first).length, received(second).length]).toEqual([1, 1]);
    expect(await rejected()).toEqual([]);
  });

  it('without any id are published each time', async () => {
    const event = applicationCreated(server);
    for (let n = 0; n < 2; n++) await publisher.publish(event, { subject: SUBJECT });
    await arrived(event, 2);
  });

  it('without a time happened when they were published', async () => {
    const event = applicationCreated(server);
    const from = Date.now();
    await publish(event);
    const until = Date.now();
    await arrived(event);
    const { timestamp } = JSON.parse(received(event)[0]!.body.toString()) as { timestamp: string };
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(from - 1);
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(until + 1);
  });

  const REFUSED: [what: string, code: string, field: string | null, message: (server: TestServer) => unknown][] = [
    ['not JSON', 'invalid_json', null, () => Buffer.from('{"type":')],
    ['not UTF-8', 'invalid_json', null, () => Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['an array', 'validation_failed', '', (on) => [applicationCreated(on)]],
    ['a wrong field', 'validation_failed', 'data.jobId', (on) => applicationCreated(on, { jobId: 7 })],
    ['an unknown type', 'validation_failed', 'type', (on) => ({ ...applicationCreated(on), type: 'a.b' })],
    [
      'the type of another subject',
      'validation_failed',
      'type',
      (on) => ({ ...applicationCreated(on), type: 'offer.sent' }),
    ],
    [
      'an unknown agency',
      'validation_failed',
      'agencyId',
      (on) => ({ ...applicationCreated(on), agencyId: randomUUID() }),
    ],
    ['another id than Nats-Msg-Id', 'validation_failed', 'id', (on) => withId('other', applicationCreated(on))],
    ['too large', 'event_too_large', 'data', (on) => applicationCreated(on, { jobTitle: 'x'.repeat(300_000) })],
  ];

  it.each(REFUSED)('that are refused (%s) are kept with bytes and reason', async (_what, code, field, make) => {
    const message = make(server);
    const messageId = await publish(message, {
      subject:
        code === 'validation_failed' && field === 'type' && (message as EventToPublish).type === 'a.b'
          ? 'bpoc.events.a.b'
          : SUBJECT,
    });
    const found = await rejectionOf(messageId);
    expect(found.code).toBe(code);
    expect(found.errors.map((error) => error.field)).toEqual(field === null ? [] : [field]);
    const { body } = await bearer(server.url, token).get(internal(`/${found.id}`));
    const { body: text, body_encoding: encoding } = body as { body: string; body_encoding: 'utf-8' | 'base64' };
    const bytes = Buffer.isBuffer(message) ? message : Buffer.from(JSON.stringify(message));
    expect(Buffer.from(text, encoding).equals(bytes)).toBe(true);
  });

  it('that were refused are terminated: they do not come again, and block nothing', async () => {
    const event = applicationCreated(server);
    await publish(event);
    await arrived(event);
    await eventually(async () => {
      expect(await metric('bpoc_nats_pending_events{state="under_way"}')).toBe(0);
      expect(await metric('bpoc_nats_messages_total{result="rejected"}')).toBe(REFUSED.length);
      expect(await metric('bpoc_rejected_events')).toBe(REFUSED.length);
    });
  });

  it('with the key of something else are refused', async () => {
    const key = randomUUID();
    await publish(applicationCreated(server), { messageId: key });
    // NATS itself drops a second message with the same header.
    await publisher.publish(withId(key, applicationCreated(server)), { subject: SUBJECT });
    await eventually(async () => expect((await rejected())[0]).toMatchObject({ code: 'idempotency_conflict' }));
  });

  it('can be accepted once what was wrong here is corrected', async () => {
    const agencyId = randomUUID();
    const event = { ...applicationCreated(server), agencyId };
    const { id } = await rejectionOf(await publish(event));
    const accept = () => bearer(server.url, token).post(internal(`/${id}/accept`));
    const again = await accept();
    expect(again.status).toBe(400);
    expect(again.body).toMatchObject({ code: 'validation_failed', errors: [{ field: 'agencyId' }] });
    await withDatabase(server.dataDir, (client) =>
      client.query(`insert into agencies (id, name) values ($1, 'Late')`, [agencyId]),
    );
    const accepted = await accept();
    expect(accepted.status).toBe(202);
    expect(accepted.body).toEqual({ id: expect.any(String), deliveries: 0, skipped: 0 });
    expect((await accept()).status).toBe(404);
  });

  it('are listed by the command that operators use', async () => {
    const command = new ServerProcess(server.dataDir, {}, ['server/dist/cli/events.js', 'rejected']);
    expect(await command.exited).toEqual({ code: 0, signal: null });
    command.forget();
    for (const { id, reason } of await rejected())
      expect(command.logs().split('\n')).toContainEqual(expect.stringMatching(new RegExp(`^${id} .*${reason}$`)));
  });

  it('can be dropped', async () => {
    const [{ id } = { id: '' }] = await rejected();
    const drop = () => bearer(server.url, token).delete(internal(`/${id}`));
    expect((await drop()).status).toBe(204);
    expect((await drop()).status).toBe(404);
  });

  it('that were rejected are visible only to services with the scope, for their agencies', async () => {
    const mine = await serviceToken(server.dataDir, { scopes: ['rejected'], agencyIds: [server.demo.agencyId] });
    const { body } = await bearer(server.url, mine).get(internal());
    const seen = (body as { data: Rejected[] }).data.map(({ agency_id }) => agency_id);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([server.demo.agencyId]));
    const [none] = (await rejected()).filter(({ agency_id }) => agency_id === null);
    for (const path of [`/${none!.id}`, `/${none!.id}/accept`])
      expect((await bearer(server.url, mine)[path.endsWith('accept') ? 'post' : 'get'](internal(path))).status).toBe(
        404,
      );
    expect((await bearer(server.url, mine).delete(internal(`/${none!.id}`))).status).toBe(404);
    expect((await bearer(server.url, server.demo.serviceToken).get(internal())).status).toBe(403);
    expect((await bearer(server.url, server.demo.apiKey).get(internal())).status).toBe(403);
  });

  it('that were rejected are erased with what they mention, in any state', async () => {
    const candidateId = `ü ${randomUUID()}`;
    const valid = applicationCreated(server, { candidateId });
    const ids = await Promise.all([
      publish({ ...valid, data: { ...valid.data, jobId: 7 } }),
      publish({ ...valid, agencyId: randomUUID() }),
      publish(Buffer.from(JSON.stringify(valid).slice(0, -1))),
      publish(Buffer.from(JSON.stringify({ ...valid, more: 1 }).replaceAll('ü', '\\u00fc'))),
    ]);
    const other = await publish(applicationCreated(server, { candidateId: `${candidateId}0`, jobId: 7 }));
    for (const id of [...ids, other]) await rejectionOf(id);
    const path = `/api/internal/references/candidate/${encodeURIComponent(candidateId)}`;
    const erase = (agencyId: string) =>
      bearer(server.url, server.demo.serviceToken).delete(`${path}?agencyId=${agencyId}`);
    expect((await erase(randomUUID())).status).toBe(400);
    for (const id of ids) await rejectionOf(id);
    expect((await erase(server.demo.agencyId)).status).toBe(200);
    const left = new Set((await rejected()).map(({ message_id }) => message_id));
    expect(ids.filter((id) => left.has(id))).toEqual([]);
    expect(left.has(other)).toBe(true);
  });

  it('stay in NATS while the database is down: no process asks for more', async () => {
    const manager = await jetstreamManager(publisher.connection);
    const consumer = () => manager.consumers.info('BPOC_EVENTS', 'intake');
    const pulls = async () => expect((await consumer()).num_waiting).toBe(0);
    const events = Array.from({ length: 30 }, () => applicationCreated(server));
    await database.cut();
    await publish(events[0]);
    // The pull that took it ends by itself.
    await eventually(pulls, { timeoutMs: 20_000 });
    for (const event of events.slice(1)) await publish(event);
    await throughout(1_500, async () => {
      await pulls();
      expect((await consumer()).num_pending).toBe(events.length - 1);
    });
    await database.restore();
    for (const event of events) await arrived(event);
    expect(await metric('bpoc_nats_messages_total{result="later"}')).toBeGreaterThan(0);
  });

  it('wait while NATS is down, and readiness says so', async () => {
    const ready = async () =>
      (await request(server.url).get('/health/ready')).body as {
        checks: Record<string, { ok: boolean; detail?: string }>;
      };
    expect((await ready()).checks['nats']).toEqual({ ok: true });
    await nats.kill();
    await eventually(async () => {
      expect((await ready()).checks['nats']).toEqual({
        ok: true,
        detail: expect.stringMatching(/^no events from NATS since 20/),
      });
    });
    expect(await metric('bpoc_nats_oldest_seconds')).toBe(-1);
    await nats.start();
    const event = applicationCreated(server);
    await publish(event);
    await arrived(event);
    await eventually(async () => expect((await ready()).checks['nats']).toEqual({ ok: true }));
    expect(await deliveriesOf(server, webhook.id)).not.toEqual([]);
  });
});
