import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agencyPerTest, apiPerFile } from '../../../../test/api-app.js';
import { eventually } from '../../../../test/eventually.js';
import { startReceiver } from '../../../../test/receiver.js';
import { exampleData, findEvent } from '../../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../../events/domain-events.js';

const api = apiPerFile({ ATTEMPT_TIMEOUT_MS: '5000', LEASE_MS: '15000' });
const agency = agencyPerTest(api);
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let body: string | Buffer;

beforeEach(async () => {
  receiver = await startReceiver(() => ({ body }));
});
afterEach(() => receiver.close());

/** The response to a published event as logged. */
async function keptAnswer(): Promise<Record<string, unknown>> {
  const { id } = (await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] })).body;
  const data = exampleData(findEvent('offer.sent')!);
  await api.app.get(DomainEvents).publish({ type: 'offer.sent', agencyId: agency.id, data });
  const delivery = await eventually(async () => {
    const [found] = (await agency.ask('get', `/deliveries?webhook_id=${id}`)).body.data;
    expect(found).toMatchObject({ status: 'delivered' });
    return found as { id: string };
  });
  return (await agency.ask('get', `/deliveries/${delivery.id}/content`)).body.attempts[0];
}

describe('the response of a receiver', () => {
  it('is stored as text', async () => {
    body = '5 € and a \0';
    expect(await keptAnswer()).toMatchObject({
      response_body: '5 € and a ',
      response_body_encoding: 'utf-8',
      response_truncated: false,
    });
  });

  it('is stored as hex if it is not text, and only its beginning', async () => {
    body = Buffer.concat([Buffer.from([0, 0xff]), Buffer.alloc(2_000)]);
    expect(await keptAnswer()).toMatchObject({
      response_body: `00ff${'00'.repeat(1022)}`,
      response_body_encoding: 'hex',
      response_truncated: true,
    });
  });

  it('of a test is stored likewise, and has no encoding without a body', async () => {
    body = Buffer.from([0xff]);
    const { id } = (await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] })).body;
    const { attempt, delivery_id } = (await agency.ask('post', `/webhooks/${id}/test`, {})).body;
    expect(attempt).toMatchObject({ response_body: 'ff', response_body_encoding: 'hex', certificate_expired_at: null });
    // As after an erasure.
    await api.sql('update webhook_attempts set response_body = null where delivery_id = $1', [delivery_id]);
    const [kept] = (await agency.ask('get', `/deliveries/${delivery_id}/content`)).body.attempts;
    expect(kept).toMatchObject({ response_body: null, response_body_encoding: null });
  });
});
