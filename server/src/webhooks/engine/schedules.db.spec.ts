import { expect, it } from '@jest/globals';
import { chatWebhook } from '../../../test/chat-webhook.js';
import { eventually } from '../../../test/eventually.js';
import { allSlots } from '../../../test/all-slots.js';
import { DeliveryQueue } from './queue/delivery-queue.js';

/* When what waits for a chat is sent: at the full hour, and not in quiet hours. */

const { chat, api, agency, publish, requests, rows, allDelivered, endLeases } = chatWebhook();

const change = async (style: object) => {
  const { status, body } = await agency.ask('patch', `/webhooks/${chat.id}`, { style });
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as { style: object };
};
/** The full hour, as it comes: what waits now waited before it, and its phase has ended. */
const hourPasses = async () => {
  await api.sql(`update webhook_queue set due_at = due_at - interval '1 hour' where webhook_id = $1`, [chat.id]);
  await api.sql(
    `update webhook_flow set cutoff_at = cutoff_at - interval '1 hour', phase_until = now() where webhook_id = $1`,
    [chat.id],
  );
};
const waitsOf = async (id: string) => (await agency.ask('get', `/deliveries/${id}`)).body.waits;

it('a schedule of an hour sends what waits in one message, at the full hour, and a resend at once', async () => {
  expect((await change({ group: 'hourly' })).style).toMatchObject({ group: 'hourly', quiet: null });
  await publish(3);
  const [waiting] = await rows();
  const waits = await waitsOf(waiting!.id);
  expect(waits).toMatchObject({ for: 'group' });
  expect(new Date(waits.until).getMinutes()).toBe(0);
  const { deliveries } = await api.app
    .get(DeliveryQueue)
    .takeTurns(allSlots({ total: 9, perWebhook: 9, perAgency: 9 }), null, 9);
  expect(deliveries.filter((one) => one.webhookId === chat.id)).toEqual([]);
  await hourPasses();
  const all = await allDelivered(3);
  expect(JSON.parse(requests()[0]!.body)).toMatchObject({ text: '3 applications for 1 job' });
  expect(requests()).toHaveLength(1);
  await agency.ask('post', `/deliveries/${all[0]!.id}/resend`, {}, 'member');
  await eventually(() => expect(requests()).toHaveLength(2), 15_000);
});

it('a schedule with quiet hours holds everything but tests, says so, and lets it out at their end', async () => {
  const time = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
  const quiet = { from: time(-3_600_000), to: time(2 * 3_600_000), time_zone: 'UTC' };
  await change({ quiet });
  await publish(2);
  const [waiting] = await rows();
  expect(await waitsOf(waiting!.id)).toMatchObject({ for: 'quiet_hours' });
  const tested = await agency.ask('post', `/webhooks/${chat.id}/test`, {}, 'member');
  expect(tested.body.status).toBe('delivered');
  expect(requests()).toHaveLength(1);
  await change({ quiet: null });
  await allDelivered(3);
  expect(requests()).toHaveLength(3);
});

it('a schedule keeps probes too: none in quiet hours, and of an hour none of what waits for the next', async () => {
  await change({ group: 'hourly' });
  await publish(2);
  const probe = async () => {
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until) values ($1, $2, now(), now())
       on conflict (webhook_id) do update set paused_at = now(), paused_until = now()`,
      [chat.id, agency.id],
    );
    const probes = await api.app.get(DeliveryQueue).claimProbes(50);
    return probes.filter((one) => one.webhookId === chat.id);
  };
  expect(await probe()).toEqual([]);
  await api.sql(`update webhook_flow set cutoff_at = '-infinity' where webhook_id = $1`, [chat.id]);
  expect(await probe()).toEqual([]);
  expect(requests()).toEqual([]);
  await api.sql('update webhook_flow set cutoff_at = now() where webhook_id = $1', [chat.id]);
  await probe();
  await eventually(async () => {
    await api.sql('update webhook_health set paused_until = now() where webhook_id = $1', [chat.id]);
    await endLeases();
    expect((await rows()).some(({ attempts }) => attempts === 1)).toBe(true);
  });
});

it.each([
  [{ group: 'weekly' }, 'style.group'],
  [{ quiet: { from: '24:00', to: '08:00', time_zone: 'UTC' } }, 'style.quiet.from'],
  [{ quiet: { from: '20:00', to: '20:00', time_zone: 'UTC' } }, 'style.quiet.to'],
  [{ quiet: { from: '20:00', to: '08:00', time_zone: 'Mars/Base' } }, 'style.quiet.time_zone'],
  [{ quiet: { from: '20:00', to: '08:00' } }, 'style.quiet.time_zone'],
])('the schedule %j is refused at %s', async (style, field) => {
  const { status, body } = await agency.ask('patch', `/webhooks/${chat.id}`, { style });
  expect([status, body.errors[0].field]).toEqual([400, field]);
});
