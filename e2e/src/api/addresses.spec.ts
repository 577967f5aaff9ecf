import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, problemOf, publish, recruiter } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

let strict: TestServer;
let receiver: Receiver;
/** The address of a webhook that was saved while it was allowed. */
let late: string;
const turnLate = (is_active: boolean) =>
  recruiter(strict).patch(`/api/recruiter/webhooks/${late}`).send({ is_active }).expect(200);

beforeAll(async () => {
  [strict, receiver] = await Promise.all([startServer(), startReceiver()]);
  ({ id: late } = await addWebhook(strict, { url: receiver.url('/late') }));
  await turnLate(false);
  await publish(strict, applicationCreated(strict));
  await publish(strict, applicationCreated(strict));
  // Set but empty: not even loopback is allowed, as in production.
  await strict.restart({ env: { ALLOWED_PRIVATE_CIDRS: '' } });
});
afterAll(async () => {
  await receiver.close();
  await strict.stop();
});

const REFUSED = [
  ['not an address', 'hello'],
  ['empty', ''],
  ['another protocol', 'ftp://hooks.example.com/in'],
  ['not encrypted', 'http://hooks.example.com/in'],
  ['a name and password', 'https://user:pass@hooks.example.com/in'],
  ['a fragment', 'https://hooks.example.com/in#part'],
  ['a port of something else', 'https://hooks.example.com:5432/in'],
  ['the loopback name', 'https://localhost/in'],
  ['the loopback address', 'https://127.0.0.1/in'],
  ['loopback in hexadecimal', 'https://0x7f000001/in'],
  ['loopback in IPv6', 'https://[::1]/in'],
  ['loopback as a mapped IPv4', 'https://[::ffff:127.0.0.1]/in'],
  ['a private address', 'https://10.0.0.1/in'],
  ['the metadata address', 'https://169.254.169.254/latest/meta-data'],
  ['a name of a private network', 'https://printer.local/in'],
  ['a single name', 'https://intranet/in'],
  ['longer than 2048 characters', `https://hooks.example.com/${'a'.repeat(2048)}`],
] as const;

describe('the address of a webhook', () => {
  it.each(REFUSED)('is refused when it is %s', async (_name, url) => {
    const webhook = { url, events: ['*'] };
    const problem = problemOf(
      await recruiter(strict).post('/api/recruiter/webhooks').send(webhook),
      400,
      'validation_failed',
    );
    expect(problem.errors?.map(({ field }) => field)).toEqual(['url']);
  });

  it('is checked the same way when it is changed', async () => {
    const webhook = await addWebhook(strict, { url: 'https://hooks.example.com/in' });
    for (const [, url] of REFUSED) {
      const response = await recruiter(strict).patch(`/api/recruiter/webhooks/${webhook.id}`).send({ url });
      expect({ url, status: response.status }).toEqual({ url, status: 400 });
    }
    const after = await recruiter(strict).get(`/api/recruiter/webhooks/${webhook.id}`);
    expect(after.body).toMatchObject({ url: 'https://hooks.example.com/in' });
  });

  it('that points into a private network is refused with a sentence that names no address', async () => {
    const response = await recruiter(strict)
      .post('/api/recruiter/webhooks')
      .send({ url: receiver.url('/in'), events: ['*'] });
    const problem = problemOf(response, 400, 'validation_failed');
    expect(problem.detail).not.toMatch(/127\.|::1/);
    expect(receiver.all).toEqual([]);
  });
});

describe('an address that became private after it was saved', () => {
  it('is refused at every way of sending: delivery, test, resend, many at once', async () => {
    await turnLate(true);
    const reasons = async (): Promise<(string | null)[]> =>
      (await deliveriesOf(strict, late)).map(({ status, reason }) => `${status} ${reason}`);
    const refused = 'failed blocked_address';

    await publish(strict, applicationCreated(strict));
    await eventually(async () =>
      expect(await reasons()).toEqual([refused, 'skipped webhook_off', 'skipped webhook_off']),
    );

    const test = await recruiter(strict).post(`/api/recruiter/webhooks/${late}/test`).send({});
    expect(test.body).toMatchObject({
      status: 'failed',
      attempt: { reason: 'blocked_address', response_status: null },
    });

    const [, skipped] = await deliveriesOf(strict, late);
    await recruiter(strict).post(`/api/recruiter/deliveries/${skipped!.id}/resend`).expect(202);
    await eventually(async () => expect(await reasons()).toEqual([refused, refused, 'skipped webhook_off']));

    const planned = await recruiter(strict)
      .post('/api/recruiter/recoveries')
      .send({ filter: { webhook_id: late, status: ['skipped'] }, dry_run: true });
    expect(planned.body).toMatchObject({ count: 1 });
    const { plan_id } = planned.body as { plan_id: string };
    await recruiter(strict).post('/api/recruiter/recoveries').send({ plan_id }).expect(202);
    await eventually(async () => expect(await reasons()).toEqual([refused, refused, refused]));

    expect(receiver.requests('/late')).toEqual([]);
  });
});
