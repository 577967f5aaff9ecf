import { expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { insertDelivery } from '../../../test/insert-delivery.js';
import { receiverPerFile } from '../../../test/receiver.js';

const receiver = receiverPerFile();
const api = apiPerFile();
const agency = agencyPerTest(api);

it('a recovery sends every delivery to the receiver once', async () => {
  const { body: webhook } = await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] });
  for (let n = 0; n < 12; n++)
    await insertDelivery(api.sql, { agencyId: agency.id, webhookId: webhook.id, state: 'failed' });
  const { body } = await agency.ask('post', '/recoveries', { filter: {}, dry_run: true });
  await agency.ask('post', '/recoveries', { plan_id: body.plan_id });
  await eventually(() => expect(receiver.requests).toHaveLength(12));
  expect(new Set(receiver.requests.map(({ headers }) => headers['x-webhook-delivery'])).size).toBe(12);
  expect((await agency.ask('get', `/recoveries/${body.plan_id}`)).body).toMatchObject({ status: 'done', resent: 12 });
  await eventually(async () => {
    const [row] = await api.sql(`select count(*)::int as count from webhook_deliveries where state = 'delivered'`);
    expect(row).toEqual({ count: 12 });
  });
});
