import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  deliveriesOf,
  problemOf,
  publish,
  recruiter,
  service,
  type EventToPublish,
  type Receipt,
} from '../support/client.js';
import { eventually, throughout } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
/** Subscribed to everything, so that events stored by mistake are noticed. */
const witness = await addWebhook(server, { url: receiver.url('/witness') });
afterAll(() => receiver.close());

const post = (body: unknown) =>
  service(server)
    .post('/api/internal/events')
    .send(body as object);

type Change = (event: EventToPublish) => unknown;

const without =
  (field: string): Change =>
  ({ data, ...event }) => ({
    ...event,
    data: Object.fromEntries(Object.entries(data).filter(([name]) => name !== field)),
  });
const withData =
  (data: Record<string, unknown>): Change =>
  (event) => ({ ...event, data: { ...event.data, ...data } });
const withField =
  (fields: Record<string, unknown>): Change =>
  (event) => ({ ...event, ...fields });

const BAD: [string, string, Change][] = [
  ['an unknown type', 'type', withField({ type: 'application.exploded' })],
  ['no type', 'type', withField({ type: undefined })],
  ['the reserved test type', 'type', withField({ type: 'webhook.test' })],
  ['an unknown agency', 'agencyId', withField({ agencyId: randomUUID() })],
  ['an agency that is no id', 'agencyId', withField({ agencyId: 'acme' })],
  ['no agency', 'agencyId', withField({ agencyId: undefined })],
  ['a missing field', 'data.jobId', without('jobId')],
  ['an extra field', 'data.salary', withData({ salary: 1 })],
  ['agencyId inside data', 'data.agencyId', withData({ agencyId: 'x' })],
  ['an extra field beside data', 'priority', withField({ priority: 'high' })],
  ['a field of another type', 'data.jobTitle', withData({ jobTitle: 7 })],
  ['null', 'data.candidateName', withData({ candidateName: null })],
  ['an empty id', 'data.applicationId', withData({ applicationId: '' })],
  ['an id of 129 characters', 'data.applicationId', withData({ applicationId: 'a'.repeat(129) })],
  ['no data', 'data', withField({ data: undefined })],
  ['data that is a list', 'data', withField({ data: [] })],
  ['a time that is none', 'occurredAt', withField({ occurredAt: 'yesterday' })],
  ['an empty key', 'id', withField({ id: '' })],
  ['a key of 129 characters', 'id', withField({ id: 'k'.repeat(129) })],
];

describe('publishing refuses', () => {
  it.each(BAD)('%s, names the field %s and stores nothing', async (_name, field, change) => {
    const problem = problemOf(await post(change(applicationCreated(server))), 400, 'validation_failed');
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
    expect(problem.errors?.[0]?.message).toMatch(/\w+/);
  });

  it('a message over 256 KiB', async () => {
    const problem = problemOf(
      await post(withData({ jobTitle: 'x'.repeat(256 * 1024) })(applicationCreated(server))),
      413,
      'event_too_large',
    );
    expect(problem.errors?.map(({ field }) => field)).toEqual(['data']);
  });

  it('what is not JSON, not an object, or not declared as JSON', async () => {
    const raw = (type: string, body: string) =>
      service(server).post('/api/internal/events').set('content-type', type).send(body);
    problemOf(await raw('application/json', '{"type":'), 400, 'invalid_json');
    problemOf(await raw('text/plain', '{}'), 415, 'unsupported_media_type');
    for (const body of ['null', '3', '"x"']) expect((await raw('application/json', body)).status).toBe(400);
  });

  it('what could not be delivered unchanged: other bytes than UTF-8, a compressed body, a long number', async () => {
    const text = JSON.stringify(applicationCreated(server, { candidateName: 'José' }));
    const send = (body: Buffer, headers = {}) =>
      service(server)
        .post('/api/internal/events')
        .set({ 'content-type': 'application/json', ...headers })
        .serialize(() => body as never)
        .send(body);
    const latin1 = Buffer.from(text, 'latin1');
    expect(problemOf(await send(latin1), 400, 'invalid_json').detail).toContain('UTF-8');
    const declared = { 'content-type': 'application/json; charset=iso-8859-1' };
    problemOf(await send(latin1, declared), 415, 'unsupported_media_type');
    const zipped = problemOf(await send(gzipSync(text), { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type');
    expect(zipped.detail).toContain('gzip');
    const long = await send(Buffer.from(text.replace('"José"', '9007199254740993')));
    expect(problemOf(long, 400, 'validation_failed').errors?.map(({ field }) => field)).toEqual(['data.candidateName']);
  });

  it('a whole batch because of one event, with its index', async () => {
    const bad = without('jobId')(applicationCreated(server));
    const problem = problemOf(await post([applicationCreated(server), bad]), 400, 'validation_failed');
    expect(problem.errors?.map(({ field }) => field)).toEqual(['1.data.jobId']);
    const foreign = { ...applicationCreated(server), agencyId: randomUUID() };
    const unknown = problemOf(await post([applicationCreated(server), foreign]), 400, 'validation_failed');
    expect(unknown.errors?.map(({ field }) => field)).toEqual(['1.agencyId']);
  });

  it('more than 500 events at once', async () => {
    problemOf(await post(Array.from({ length: 501 }, () => applicationCreated(server))), 400, 'validation_failed');
  });

  it('and none of this was stored or sent', async () => {
    await throughout(300, () => expect(receiver.requests('/witness')).toEqual([]));
    expect(await deliveriesOf(server, witness.id)).toEqual([]);
  });
});

describe('publishing accepts', () => {
  it('a message of just under 256 KiB, and delivers it whole', async () => {
    const event = applicationCreated(server, { jobTitle: 'x'.repeat(255 * 1024) });
    const { id } = await publish(server, event);
    const request = await eventually(() => {
      const found = receiver.requests('/witness').find(({ headers }) => headers['webhook-id'] === id);
      expect(found).toBeDefined();
      return found!;
    });
    expect(JSON.parse(request.body.toString())).toMatchObject({ data: event.data });
  });

  it('the trace of the request, and that of an event before it; no other is sent on', async () => {
    const trace = (n: number) => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-01`;
    const traced = await addWebhook(server, { url: receiver.url('/traced'), traceparent: true });
    const own = { ...applicationCreated(server), traceparent: trace(2) };
    const wrong = { ...applicationCreated(server), traceparent: 'wrong' };
    const sent = await post([applicationCreated(server), own, wrong]).set('traceparent', trace(1));
    const ids = (sent.body as Receipt[]).map(({ id }) => id);
    const single = await post(applicationCreated(server)).set('traceparent', trace(3));
    ids.push((single.body as Receipt).id);
    const headerOf = (path: string, id: string) =>
      receiver.requests(path).find(({ headers }) => headers['webhook-id'] === id)?.headers;
    await eventually(() => {
      for (const path of ['/traced', '/witness']) for (const id of ids) expect(headerOf(path, id)).toBeDefined();
    });
    expect(ids.map((id) => headerOf('/traced', id)!['traceparent'])).toEqual([trace(1), trace(2), undefined, trace(3)]);
    expect(ids.map((id) => headerOf('/witness', id)!['traceparent'])).toEqual(ids.map(() => undefined));
    await recruiter(server).delete(`/api/recruiter/webhooks/${traced.id}`);
  });

  it('a batch of 500, with receipts in the same order', async () => {
    const events = Array.from({ length: 500 }, () => applicationCreated(server));
    const response = await post(events);
    expect(response.status).toBe(202);
    const receipts = response.body as Receipt[];
    expect(receipts).toHaveLength(500);
    await eventually(
      () => {
        const byId = new Map(receiver.requests('/witness').map((request) => [request.headers['webhook-id'], request]));
        const arrived = receipts.map(({ id }) => byId.get(id)?.body.toString() ?? '{}');
        const ids = arrived.map(
          (body) => (JSON.parse(body) as { data?: { applicationId: string } }).data?.applicationId,
        );
        expect(ids).toEqual(events.map(({ data }) => data['applicationId']));
      },
      { timeoutMs: 20_000 },
    );
  });
});

describe('publishing again with the same id', () => {
  it('is one event, however often and concurrently: 50 times give one receipt and one delivery', async () => {
    const event = { ...applicationCreated(server), id: `application-${randomUUID()}` };
    const responses = await Promise.all(Array.from({ length: 50 }, () => post(event)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    const receipts = responses.map(({ body }) => body as Receipt);
    expect(new Set(receipts.map(({ id }) => id)).size).toBe(1);
    expect(receipts[0]!.deliveries).toBe(1);
    const copies = () =>
      receiver.requests('/witness').filter(({ headers }) => headers['webhook-id'] === receipts[0]!.id);
    await eventually(() => expect(copies()).toHaveLength(1));
    await throughout(400, () => expect(copies()).toHaveLength(1));
    expect(await publish(server, event)).toEqual(receipts[0]);
  });

  it('with something else is refused with 409, and the first stays', async () => {
    const event = {
      ...applicationCreated(server),
      id: `application-${randomUUID()}`,
      occurredAt: '2026-01-22T10:30:00Z',
    };
    const receipt = await publish(server, event);
    for (const other of [
      { ...event, data: { ...event.data, jobTitle: 'Another' } },
      { ...event, occurredAt: '2026-01-22T10:30:01Z' },
    ]) {
      problemOf(await post(other), 409, 'idempotency_conflict');
    }
    const reordered = { ...event, data: Object.fromEntries(Object.entries(event.data).toReversed()) };
    expect(await publish(server, reordered)).toEqual(receipt);
  });

  it('inside one batch gets the answer of the first', async () => {
    const event = { ...applicationCreated(server), id: randomUUID() };
    const response = await post([event, applicationCreated(server), event]);
    expect(response.status).toBe(202);
    const [first, second, third] = response.body as Receipt[];
    expect(third).toEqual(first);
    expect(second!.id).not.toBe(first!.id);
  });

  it('can use the Idempotency-Key header, for single events', async () => {
    const event = applicationCreated(server);
    const key = randomUUID();
    const send = (body: unknown, header: string) =>
      service(server)
        .post('/api/internal/events')
        .set('idempotency-key', header)
        .send(body as object);
    const first = await send(event, key);
    expect(first.status).toBe(202);
    expect((await publish(server, { ...event, id: key })).id).toBe((first.body as Receipt).id);
    problemOf(await send({ ...event, id: 'another' }, key), 400, 'bad_request');
    problemOf(await send([event], key), 400, 'bad_request');
  });
});
