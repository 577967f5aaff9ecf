import { beforeEach, describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { type Answer, receiverPerFile } from '../../../test/receiver.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { allSlots } from '../../../test/all-slots.js';
import { DeliveryQueue } from './queue/delivery-queue.js';

/* Requests of paced webhooks take turns. The dispatcher runs; statements are also called as other replicas would. */

const receiver = receiverPerFile(() => answer());
const api = apiPerFile(() => ({ DESTINATION_HOSTS: `slack=${new URL(receiver.url).host}`, LEASE_MS: '40000' }));
const agency = agencyPerTest(api);
let answer: () => Answer;

beforeEach(async () => {
  answer = () => ({});
});

const created = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;
const publish = (count: number) =>
  api.app
    .get(DomainEvents)
    .publishAll(
      Array.from({ length: count }, () => ({ type: created.type, agencyId: agency.id, data: exampleData(created) })),
    );
const add = async (more: object) => {
  const asked = { url: `${receiver.url}/${agency.id}`, events: ['*'], ...more };
  const { status, body } = await agency.ask('post', '/webhooks', asked);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as { id: string; pace: object | null };
};
const slack = () => add({ kind: 'slack', url: `${receiver.url}/services/T0/B0/${agency.id}` });
/** Those of the agency: earlier tests left something to send. */
const requests = () => receiver.requests.filter(({ path }) => path.endsWith(agency.id));
const gaps = () =>
  requests()
    .slice(1)
    .map(({ atMs }, n) => atMs - requests()[n]!.atMs);
const received = (count: number) => eventually(() => expect(requests()).toHaveLength(count), 15_000);
const flowOf = async (id: string) =>
  (
    await api.sql<{ next_in: number }>(
      'select extract(epoch from next_at - now())::float8 as next_in from webhook_flow where webhook_id = $1',
      [id],
    )
  )[0];

describe('pace', () => {
  it('spreads the requests of an endpoint evenly, and those of another webhook are not touched', async () => {
    const paced = await add({ pace: { limit: 10, per: 'second' } });
    const free = await add({ url: `${receiver.url}/free/${agency.id}` });
    expect([paced.pace, free.pace]).toEqual([{ limit: 10, per: 'second' }, null]);
    const began = Date.now();
    await publish(12);
    await eventually(() => expect(requests().filter(({ path }) => path.startsWith('/free'))).toHaveLength(12));
    const freeBy = Math.max(
      ...requests()
        .filter(({ path }) => path.startsWith('/free'))
        .map(({ atMs }) => atMs),
    );
    await received(24);
    const at = requests()
      .filter(({ path }) => !path.startsWith('/free'))
      .map(({ atMs }) => atMs);
    // The thirteenth turn, of which the first may have been up to 100 ms ago. Requests come closer together when a busy
    // machine was late with the first.
    const { next_in: nextIn } = (await flowOf(paced.id))!;
    expect(Date.now() + nextIn * 1_000 - began).toBeGreaterThanOrEqual(1_090);
    expect(freeBy).toBeLessThan(at.at(-1)!);
    expect(await flowOf(free.id)).toBeUndefined();
  });

  it('sends a tool one message at a time, never sooner than its interval after the answer', async () => {
    const webhook = await slack();
    expect(webhook.pace).toEqual({ limit: 1, per: 'second' });
    await publish(3);
    await received(3);
    for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(995);
  });

  it('is shared by replicas: a turn is taken once', async () => {
    await agency.ask('post', '/webhooks', {
      url: `${receiver.url}/${agency.id}`,
      events: ['*'],
      pace: { limit: 1, per: 'minute' },
    });
    await publish(1);
    await received(1);
    await publish(20);
    const queue = api.app.get(DeliveryQueue);
    const slots = allSlots({ total: 100, perWebhook: 10, perAgency: 100 });
    await api.sql('update webhook_flow set next_at = now() where agency_id = $1', [agency.id]);
    const turns = await Promise.all(Array.from({ length: 5 }, () => queue.takeTurns(slots, null, 10)));
    const taken = turns.flatMap(({ deliveries }) => deliveries);
    // The dispatcher of this process may have been the sixth.
    expect(taken.length + requests().length - 1).toBe(1);
    await queue.release(taken);
    expect(
      (await api.sql('select from webhook_queue where agency_id = $1 and attempt = 0', [agency.id])).length,
    ).toBeGreaterThanOrEqual(19);
  });

  it('is spent by tests, which get the next turn', async () => {
    const webhook = await slack();
    await publish(8);
    await received(1);
    const { status, body } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {}, 'member');
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'delivered' } });
    expect(requests().length).toBeLessThanOrEqual(4);
    expect(requests().at(-1)!.body).toContain('This is a test');
    await received(requests().length + 1);
    for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(995);
  });

  it('is spent by a resend and by the probe of a webhook that waits', async () => {
    const webhook = await slack();
    answer = () => ({ status: 429, headers: { 'retry-after': '1' } });
    await publish(2);
    await received(1);
    answer = () => ({});
    await received(3);
    const [first] = (await agency.ask('get', `/deliveries?webhook_id=${webhook.id}`)).body.data;
    await agency.ask('post', `/deliveries/${first.id}/resend`, {}, 'member');
    await received(4);
    for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(995);
  });

  it('tells a delivery that waits when its turn is', async () => {
    await add({ pace: { limit: 1, per: 'minute' } });
    await publish(1);
    await received(1);
    await publish(5);
    const { data } = (await agency.ask('get', '/deliveries?status=waiting')).body;
    const details = await Promise.all(
      data.map(async ({ id }: { id: string }) => (await agency.ask('get', `/deliveries/${id}`)).body),
    );
    const before = details.map(({ waits }) => waits.before).sort();
    expect(before).toEqual([0, 1, 2, 3, 4]);
    const last = details.find(({ waits }) => waits.before === 4);
    expect(last.waits).toMatchObject({ for: 'pace', pace: { limit: 1, per: 'minute' } });
    const inMs = Date.parse(last.waits.until) - Date.now();
    expect(inMs).toBeGreaterThan(270_000);
    expect(inMs).toBeLessThanOrEqual(300_000);
    expect(last.next_attempt_at).toBe(last.waits.until);
  });

  it('of a tool may only be lowered, of an endpoint be anything or nothing', async () => {
    const webhook = await slack();
    const change = (pace: object | null) => agency.ask('patch', `/webhooks/${webhook.id}`, { pace });
    const refused = await change({ limit: 2, per: 'second' });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([
      { field: 'pace', code: 'too_fast', message: 'Slack takes at most 1 message a second.' },
    ]);
    expect((await change({ limit: 30, per: 'minute' })).body.pace).toEqual({ limit: 30, per: 'minute' });
    expect((await change(null)).body.pace).toEqual({ limit: 1, per: 'second' });
    for (const pace of [{ limit: 0, per: 'second' }, { limit: 1.5, per: 'second' }, { limit: 1, per: 'day' }, {}, 5]) {
      expect((await change(pace as object)).status).toBe(400);
    }
    const endpoint = await add({ pace: { limit: 1000, per: 'second' } });
    const { body } = await agency.ask('patch', `/webhooks/${endpoint.id}`, { pace: null });
    expect(body.pace).toBeNull();
    expect(await flowOf(endpoint.id)).toBeUndefined();
    await publish(1);
    await eventually(() => expect(requests().some(({ path }) => !path.includes('services'))).toBe(true));
  });
});
