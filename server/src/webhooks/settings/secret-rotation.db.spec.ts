import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { agencyPerTest, apiPerFile } from '../../../test/api-app.js';
import { type Received, startReceiver } from '../../../test/receiver.js';

const api = apiPerFile();
const agency = agencyPerTest(api);
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let id: string;
let old: string;

beforeEach(async () => {
  receiver = await startReceiver();
  const { body } = await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] });
  ({ id, secret: old } = body);
});
afterEach(() => receiver.close());

const rotate = (body: object | null = {}) => agency.ask('post', `/webhooks/${id}/secret`, body);
const send = async (): Promise<Received> => {
  await agency.ask('post', `/webhooks/${id}/test`);
  return receiver.requests.at(-1)!;
};
/** Whether `x-webhook-signature`, which holds one signature, is made with the secret. */
const isSimple = ({ headers, body }: Received, secret: string) =>
  headers['x-webhook-signature'] === `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const isStandard = ({ headers, body }: Received, secret: string) => {
  try {
    new StandardWebhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};
const signedBy = (request: Received, secrets: string[]) =>
  secrets.map((secret) => [isSimple(request, secret), isStandard(request, secret)]);

describe('a new secret', () => {
  it('signs along with the old one, which keeps the single signature', async () => {
    const { status, headers, body } = await rotate();
    expect([status, headers['cache-control'], headers['etag']]).toEqual([200, 'no-store', '"2"']);
    expect(body.secret).toMatch(/^whsec_/);
    expect(body.secret).not.toBe(old);
    expect(body).toMatchObject({ secret_switched: false, previous_secret: { last4: old.replace('=', '').slice(-4) } });
    const hours = (Date.parse(body.previous_secret.until) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThanOrEqual(24);
    expect(signedBy(await send(), [old, body.secret])).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(JSON.stringify((await agency.ask('get', `/webhooks/${id}`)).body)).not.toContain(body.secret);
  });

  it('takes over the single signature when it is switched', async () => {
    const { secret } = (await rotate()).body;
    const { status, body } = await agency.ask('post', `/webhooks/${id}/secret/switch`);
    expect([status, body.secret_switched, body.previous_secret !== null]).toEqual([200, true, true]);
    expect(body).not.toHaveProperty('secret');
    expect(signedBy(await send(), [old, secret])).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it('signs alone once the old one is ended', async () => {
    const { secret } = (await rotate()).body;
    const { status, body } = await agency.ask('delete', `/webhooks/${id}/secret/previous`);
    expect([status, body.secret_switched, body.previous_secret]).toEqual([200, true, null]);
    expect(signedBy(await send(), [old, secret])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('signs alone once the overlap is over', async () => {
    const { secret } = (await rotate({ overlap_seconds: 604_800 })).body;
    await api.sql(
      `update webhooks set previous_secret_until = now() - interval '1 second', version = version + 1 where id = $1`,
      [id],
    );
    const { body } = await agency.ask('get', `/webhooks/${id}`);
    expect([body.secret_switched, body.previous_secret]).toEqual([true, null]);
    expect(signedBy(await send(), [old, secret])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect((await rotate()).status).toBe(200);
  });

  it('is refused while an old one still signs, unless it ends all old ones', async () => {
    const second = (await rotate()).body.secret;
    const refused = await rotate({ overlap_seconds: 60 });
    expect([refused.status, refused.body.code]).toEqual([409, 'secret_overlap']);
    const leaked = await rotate({ overlap_seconds: 0 });
    expect(leaked.body).toMatchObject({ secret_switched: true, previous_secret: null });
    expect(signedBy(await send(), [old, second, leaked.body.secret])).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ]);
  });

  it.each([-1, 604_801, 1.5, 'soon', null])('cannot overlap for %j seconds', async (overlap_seconds) => {
    const { status, body } = await rotate({ overlap_seconds });
    expect([status, body.errors[0].field]).toEqual([400, 'overlap_seconds']);
  });

  it('is for admins, and is audited without the secret', async () => {
    expect((await agency.ask('post', `/webhooks/${id}/secret`, {}, 'member')).status).toBe(403);
    const { secret } = (await rotate()).body;
    await agency.ask('post', `/webhooks/${id}/secret/switch`);
    await agency.ask('delete', `/webhooks/${id}/secret/previous`);
    const entries = await api.sql(`select action, details from audit_log where target_id = $1 order by id`, [id]);
    expect(entries.map(({ action }) => action)).toEqual([
      'webhook.created',
      'webhook.secret_rotated',
      'webhook.secret_switched',
      'webhook.secret_ended',
    ]);
    expect(JSON.stringify(entries)).not.toContain(secret);
  });
});

describe('without an overlap', () => {
  it('switching and ending change nothing', async () => {
    expect((await agency.ask('post', `/webhooks/${id}/secret/switch`)).headers['etag']).toBe('"1"');
    expect((await agency.ask('delete', `/webhooks/${id}/secret/previous`)).headers['etag']).toBe('"1"');
  });
});
