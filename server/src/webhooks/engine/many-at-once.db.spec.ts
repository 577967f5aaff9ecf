import { beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { testAppPerFile } from '../../../test/app.js';
import { engineOf } from '../../../test/engine.js';
import { eventually } from '../../../test/eventually.js';
import { receiverPerTest } from '../../../test/receiver.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Dispatcher } from './dispatcher.js';

const test = testAppPerFile({ DELAY_SCALE: '0.001' });
let agencyId: string;
beforeEach(async () => {
  agencyId = await test.addAgency();
});
const receiver = receiverPerTest();
const { event } = engineOf(() => ({ test, agencyId }));
const publish = (count: number) =>
  Promise.all(Array.from({ length: count }, () => test.app.get(DomainEvents).publish(event())));

describe('many at once', () => {
  it('are each delivered exactly once, over several webhooks and batches', async () => {
    const { url, requests } = await receiver();
    for (let n = 0; n < 4; n++) await test.addWebhook(agencyId, `${url}/${n}`);
    const accepted = await publish(500);
    const outcomes = () =>
      test.sql('select outcome, count(*)::int from all_attempts where agency_id = $1 group by outcome', [agencyId]);
    await eventually(async () => expect(await outcomes()).toContainEqual({ outcome: 'succeeded', count: 2000 }));
    const pairs = new Set(requests.map((request) => `${request.path} ${request.headers['webhook-id']}`));
    expect(pairs.size).toBe(2000);
    // On a machine so busy that a request times out, it is sent again; each of those is recorded.
    const sent = (await outcomes()).reduce((sum, { count }) => sum + Number(count), 0);
    expect(requests.length).toBeLessThanOrEqual(sent);
    expect(await test.sql('select 1 from webhook_queue where agency_id = $1', [agencyId])).toEqual([]);
    expect(accepted.every((answer) => answer.deliveries === 4)).toBe(true);
    // The process learns a moment after the database that the last ones are stored.
    await eventually(() => expect(test.app.get(Dispatcher).concurrency.total).toBe(0));
  });

  it('never exceed the limit of a webhook', async () => {
    let open = 0;
    let most = 0;
    const { url, requests } = await receiver(() => {
      most = Math.max(most, ++open);
      return { after: new Promise((resolve) => setTimeout(resolve, 5)).then(() => open--) };
    });
    await test.addWebhook(agencyId, url);
    await publish(200);
    await eventually(() => expect(requests.length).toBe(200));
    expect(most).toBeLessThanOrEqual(10);
  });

  it('leave no connection of the pools behind', async () => {
    const source = test.app.get<DataSource>(getDataSourceToken('service'));
    const pool = (source.driver as unknown as { master: { totalCount: number; idleCount: number } }).master;
    await eventually(() => expect(pool.idleCount).toBe(pool.totalCount));
  });
});
