import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startConnectProxy, type ConnectProxy } from '../../../../test/connect-proxy.js';
import { startTestApp, type TestApp } from '../../../../test/app.js';
import { eventually } from '../../../../test/eventually.js';
import { startReceiver } from '../../../../test/receiver.js';
import { EVENT_DEFINITIONS, exampleData } from '../../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../../events/domain-events.js';

let test: TestApp;
let proxy: ConnectProxy;
beforeAll(async () => {
  proxy = await startConnectProxy();
  // Ten seconds are 0.1 s: the ten attempts that our own fault may cost would take 51 s.
  test = await startTestApp({ DELAY_SCALE: '0.01', OUTBOUND_PROXY: `http://127.0.0.1:${proxy.port}` });
});
afterAll(async () => {
  await test?.close();
  await proxy?.close();
});

it('a webhook loses nothing while its settings cannot be read, or while the outbound proxy is down', async () => {
  const receiver = await startReceiver();
  const agencyId = await test.addAgency();
  const { id } = await test.addWebhook(agencyId, receiver.url, { retryPlan: 'day' });
  const [kept] = await test.sql<{ secret: Buffer }>('select secret from webhooks where id = $1', [id]);
  const settings = (secret: Buffer) =>
    test.sql('update webhooks set secret = $2, version = version + 1 where id = $1', [id, secret]);
  try {
    await settings(randomBytes(80));
    const definition = EVENT_DEFINITIONS[0]!;
    await test.app.get(DomainEvents).publish({ type: definition.type, agencyId, data: exampleData(definition) });
    await eventually(async () =>
      expect(await test.sql('select state, last_reason from all_deliveries where webhook_id = $1', [id])).toEqual([
        { state: 'retrying', last_reason: 'our_fault' },
      ]),
    );
    expect(await test.sql('select from webhook_health where webhook_id = $1', [id])).toEqual([]);
    // The next fault: the proxy is unreachable.
    await proxy.close();
    await settings(kept!.secret);
    await eventually(async () =>
      expect(await test.sql('select detail from all_attempts where webhook_id = $1', [id])).toContainEqual({
        detail: 'The outbound proxy could not be used (ECONNREFUSED).',
      }),
    );
    expect(await test.sql('select from webhook_health where webhook_id = $1', [id])).toEqual([]);
    proxy = await startConnectProxy({ port: proxy.port });
    await eventually(() => expect(receiver.requests).toHaveLength(1));
    await eventually(async () =>
      expect(await test.sql('select state from all_deliveries where webhook_id = $1', [id])).toEqual([
        { state: 'delivered' },
      ]),
    );
    expect(proxy.asked).toHaveLength(1);
  } finally {
    await receiver.close();
  }
});
