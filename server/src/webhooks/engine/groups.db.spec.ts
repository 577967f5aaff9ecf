import { describe, expect, it } from '@jest/globals';
import { chatWebhook } from '../../../test/chat-webhook.js';
import { eventually } from '../../../test/eventually.js';
import { SERVICE_ACTOR } from '../../../test/service-actor.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { DomainEvents } from '../../events/domain-events.js';
import { allSlots } from '../../../test/all-slots.js';
import { Dispatcher } from './dispatcher.js';
import { Erasure } from './housekeeping/erasure.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { MOST_IN_GROUP } from './queue/turn-sql.js';

/* More than 20 deliveries that wait for a chat become one message. */

const { chat, api, agency, receiver, publish, requests, rows, allDelivered, nextTurn, endLeases } = chatWebhook();
const received = (count: number) => eventually(() => expect(requests()).toHaveLength(count), 15_000);
const retrying = (count: number) =>
  eventually(async () => expect((await rows()).filter(({ state }) => state === 'retrying')).toHaveLength(count));
const titles = () => requests().map(({ body }) => (JSON.parse(body) as { text: string }).text);
/** Keeps the turns of the webhook until `nextTurn`. */
const wait = (id = chat.id) =>
  api.sql(`update webhook_flow set reserved_until = now() + interval '1 hour' where webhook_id = $1`, [id]);
const erase = (value: string) =>
  api.app.get(Erasure).erase({ agencyId: agency.id, kind: 'candidate', value }, SERVICE_ACTOR);

describe('a group', () => {
  it('delivers all its members with one request; each has a success, or says in which it was', async () => {
    await wait();
    await publish(130);
    await nextTurn();
    const all = await allDelivered(130);
    expect(titles()).toEqual([`${MOST_IN_GROUP} applications for 1 job`, '30 applications for 1 job']);
    const leads = all.filter(({ successes }) => successes === 1);
    expect(leads).toHaveLength(2);
    for (const { delivered_in, successes, attempts } of all) {
      expect(attempts).toBe(1);
      if (successes === 0) expect(leads.map(({ id }) => id)).toContain(delivered_in);
      else expect(delivered_in).toBeNull();
    }
    const { body } = await agency.ask('get', `/webhooks/${chat.id}`);
    expect(body.last_24h).toMatchObject({ delivered: 130, failed: 0, failed_attempts: 0 });
    const member = all.find(({ delivered_in }) => delivered_in !== null)!;
    const content = await agency.ask('get', `/deliveries/${member.id}/content`, null, 'member');
    expect(titles().map((title) => content.body.body.includes(title))).toContain(true);
  });

  it('of Google Sheets is a request with a row for each event', async () => {
    const asked = { kind: 'google_sheets', url: `${receiver.url}/sheet/${agency.id}`, events: ['*'] };
    const { body: sheet } = await agency.ask('post', '/webhooks', asked);
    await wait(sheet.id);
    await publish(21);
    await nextTurn(sheet.id);
    await eventually(async () => {
      const { body } = await agency.ask('get', `/deliveries?webhook_id=${sheet.id}&status=delivered&limit=50`);
      expect(body.data).toHaveLength(21);
    });
    const written = receiver.requests.filter(({ path }) => path === `/sheet/${agency.id}`);
    expect(written).toHaveLength(1);
    const { rows: all } = JSON.parse(written[0]!.body) as { rows: { 'webhook-id': string }[] };
    expect([all.length, new Set(all.map((row) => row['webhook-id'])).size]).toEqual([21, 21]);
  });

  it('is not made of 20', async () => {
    await wait();
    await publish(20);
    await api.sql(`update webhook_flow set every_ms = 1 where webhook_id = $1`, [chat.id]);
    await nextTurn();
    await allDelivered(20);
    expect(requests()).toHaveLength(20);
  });

  it('that fails counts once for the webhook and once for each, and is sent again with the same bytes', async () => {
    await wait();
    chat.answer = () => ({ status: requests().length < 2 ? 500 : 200 });
    await publish(30);
    await nextTurn();
    await retrying(30);
    await nextTurn();
    const all = await allDelivered(30);
    expect(requests()).toHaveLength(2);
    expect(requests()[0]!.body).toBe(requests()[1]!.body);
    for (const { attempts, failures } of all) expect({ attempts, failures }).toEqual({ attempts: 2, failures: 1 });
    const { body } = await agency.ask('get', `/webhooks/${chat.id}`);
    expect(body.last_24h).toMatchObject({ delivered: 30, failed_attempts: 1 });
  });

  it('that fails permanently leaves each of its members failed, to be sent again in a group', async () => {
    await wait();
    chat.answer = () => ({ status: 400, body: 'invalid_payload' });
    await publish(25);
    await nextTurn();
    await eventually(async () => expect((await rows()).every(({ state }) => state === 'failed')).toBe(true));
    expect(requests()).toHaveLength(1);
    chat.answer = () => ({});
    await wait();
    const ids = (await rows()).map(({ id }) => id);
    for (const id of ids) expect((await agency.ask('post', `/deliveries/${id}/resend`, {}, 'member')).status).toBe(202);
    await nextTurn();
    await allDelivered(25);
    expect(requests()).toHaveLength(2);
  });

  it('is made again without a member that is erased or cancelled while it waits for its next attempt', async () => {
    await wait();
    chat.answer = () => ({ status: requests().length < 2 ? 500 : 200 });
    await api.sql(`update webhooks set retry_plan = 'standard' where id = $1`, [chat.id]);
    await publish(30);
    await nextTurn();
    await received(1);
    await retrying(30);
    await wait();
    await erase(`${agency.id}-7`);
    const [other] = (await rows()).filter(({ state }) => state === 'retrying');
    expect((await agency.ask('post', `/deliveries/${other!.id}/cancel`, {}, 'member')).status).toBe(200);
    await nextTurn();
    await allDelivered(28);
    expect(titles()).toEqual([30, 28].map((count) => `${count} applications for 1 job`));
    const sent = await api.sql('select from webhook_groups where body like $1', ['%Q7x%']);
    expect(sent).toHaveLength(0);
  });

  it('forgets its bytes and the answer when a member is erased after it was sent', async () => {
    await wait();
    chat.answer = () => ({ body: 'Zoe Q7x' });
    await publish(30);
    await nextTurn();
    const all = await allDelivered(30);
    const answers = () =>
      api.sql('select from all_attempts where webhook_id = $1 and response_body is not null', [chat.id]);
    expect(await answers()).toHaveLength(1);
    await erase(`${agency.id}-7`);
    expect(await answers()).toEqual([]);
    expect(await api.sql('select from webhook_groups where webhook_id = $1 and body is not null', [chat.id])).toEqual(
      [],
    );
    const content = await agency.ask('get', `/deliveries/${all[0]!.id}/content`, null, 'member');
    expect(content.body.body).toBeNull();
  });

  it('keeps no answer when a member is erased during the request, and ends only that', async () => {
    await wait();
    let end!: () => void;
    const after = new Promise<void>((resolve) => (end = resolve));
    chat.answer = () => ({ status: requests().length < 2 ? 500 : 200, body: 'Zoe Q7x', after });
    await publish(30);
    await nextTurn();
    await received(1);
    await erase(`${agency.id}-7`);
    end();
    await retrying(29);
    await nextTurn();
    await allDelivered(29);
    expect(titles()).toEqual([30, 29].map((count) => `${count} applications for 1 job`));
    const kept = 'select n from all_attempts where webhook_id = $1 and response_body is not null';
    expect(await api.sql(kept, [chat.id])).toEqual([{ n: 2 }]);
  });

  it('shows what a member was sent in when its lead was sent again alone', async () => {
    await wait();
    await publish(30);
    await nextTurn();
    const [lead, member] = await allDelivered(30);
    const shown = async () => (await agency.ask('get', `/deliveries/${member!.id}/content`)).body.body as string;
    const sent = await shown();
    expect(sent).toBe(requests()[0]!.body);
    await agency.ask('post', `/deliveries/${lead!.id}/resend`, {}, 'member');
    await nextTurn();
    await received(2);
    await eventually(async () => expect((await rows())[0]).toMatchObject({ id: lead!.id, successes: 2 }));
    expect(await shown()).toBe(sent);
  });

  it('is tried again after our own fault while one of its members may be', async () => {
    await wait();
    chat.answer = () => ({ status: 500 });
    await publish(30);
    await nextTurn();
    await retrying(30);
    await wait();
    await api.sql('delete from webhook_groups where webhook_id = $1', [chat.id]);
    await api.sql('update webhook_queue set interruptions = 9 where delivery_id = $1', [(await rows())[0]!.id]);
    await nextTurn();
    await eventually(async () => {
      const faults = await api.sql(
        `select state from all_deliveries where webhook_id = $1 and last_reason = 'our_fault'`,
        [chat.id],
      );
      expect(faults).toEqual(Array.from({ length: 30 }, () => ({ state: 'retrying' })));
    });
  });

  it('has the names that a message of its own would have', async () => {
    await wait();
    await agency.ask('patch', `/webhooks/${chat.id}`, { style: { names: 'full' } });
    await api.sql(
      `insert into records (agency_id, kind, value, label)
       select $1::uuid, 'candidate', $1::text || '-' || n, 'Zoe Q' || n || 'x' from generate_series(0, 20) n`,
      [agency.id],
    );
    const data = { offerId: 'o', applicationId: 'a', sentAt: '2026-01-22T10:30:00.000Z' };
    await api.app.get(DomainEvents).publishAll(
      Array.from({ length: 21 }, (_, n) => ({
        type: 'offer.sent',
        agencyId: agency.id,
        data: { ...data, candidateId: `${agency.id}-${n}` },
      })),
    );
    await nextTurn();
    await allDelivered(21);
    expect(requests()).toHaveLength(1);
    expect(requests()[0]!.body).toContain('Zoe Q0x');
  });

  it('whose process was killed is sent again as it was', async () => {
    await wait();
    await publish(30);
    const queue = api.app.get(DeliveryQueue);
    const slots = allSlots({ total: 100, perWebhook: 10, perAgency: 100 });
    const { turns } = api.app.get(Dispatcher);
    await turns.stop();
    await nextTurn();
    // As another process would, which is gone then.
    const { deliveries } = await queue.takeTurns(slots, [chat.id], 1);
    expect(deliveries.map(({ group }) => group!.members.length)).toEqual([30]);
    await endLeases();
    turns.run();
    const all = await allDelivered(30);
    expect(titles().at(-1)).toBe('30 applications for 1 job');
    expect(new Set(all.map(({ attempts }) => attempts))).toEqual(new Set([2]));
  });

  it('waits as a whole while one of its deliveries is locked', async () => {
    await wait();
    chat.answer = () => ({ status: requests().length < 2 ? 500 : 200 });
    await publish(30);
    await nextTurn();
    await received(1);
    await retrying(30);
    const { turns } = api.app.get(Dispatcher);
    await turns.stop();
    const queue = api.app.get(DeliveryQueue);
    const take = () => queue.takeTurns(allSlots({ total: 100, perWebhook: 10, perAgency: 100 }), [chat.id], 1);
    await api.sql('update webhook_queue set due_at = now() where webhook_id = $1', [chat.id]);
    await api.app.get(ServiceDatabase).transaction(async (manager) => {
      await manager.query('select from webhook_queue where delivery_id = $1 for update', [(await rows())[7]!.id]);
      await nextTurn();
      expect((await take()).deliveries).toEqual([]);
    });
    const { deliveries } = await take();
    expect(deliveries.map(({ group }) => group!.members.length)).toEqual([30]);
    await queue.release(deliveries);
    turns.run();
    await allDelivered(30);
    expect(requests()).toHaveLength(2);
  });

  it('of many webhooks: a look takes some, and names the others', async () => {
    const { turns } = api.app.get(Dispatcher);
    await turns.stop();
    for (let n = 1; n < 7; n++) {
      const url = `${receiver.url}/services/T0/B${n}/${agency.id}`;
      await agency.ask('post', '/webhooks', { kind: 'slack', url, events: ['*'] });
    }
    await publish(30);
    const queue = api.app.get(DeliveryQueue);
    const ids = (await api.sql<{ id: string }>('select id from webhooks where agency_id = $1', [agency.id])).map(
      ({ id }) => id,
    );
    const { deliveries, next } = await queue.takeTurns(
      allSlots({ total: 100, perWebhook: 10, perAgency: 100 }),
      ids,
      100,
    );
    expect(deliveries).toHaveLength(5);
    const left = ids.filter((id) => !deliveries.some((one) => one.webhookId === id));
    expect(next.filter(({ inMs }) => inMs <= 0).map((one) => one.webhookId)).toEqual(expect.arrayContaining(left));
    await queue.release(deliveries);
    turns.run();
    await received(7);
  });

  it('ends with its webhook, as what waits does', async () => {
    await wait();
    chat.answer = () => ({ status: 500 });
    await publish(30);
    await nextTurn();
    await received(1);
    await wait();
    await retrying(30);
    await agency.ask('patch', `/webhooks/${chat.id}`, { is_active: false });
    await eventually(async () => expect((await rows()).every(({ state }) => state === 'skipped')).toBe(true));
    expect(await api.sql('select from webhook_queue where webhook_id = $1', [chat.id])).toEqual([]);
  });

  it('is the probe of a webhook that is held, with all its members', async () => {
    await wait();
    chat.answer = () => (requests().length < 2 ? { status: 429, headers: { 'retry-after': '1' } } : {});
    await publish(30);
    await nextTurn();
    await allDelivered(30);
    expect(titles()).toEqual([30, 30].map((count) => `${count} applications for 1 job`));
  });
});
