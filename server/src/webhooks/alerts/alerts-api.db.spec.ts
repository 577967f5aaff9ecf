import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';

let api: ApiApp;
let agency: Agency;
let path: string;

beforeAll(async () => {
  api = await startApiApp({ ROLE: 'api' });
  agency = await api.addAgency();
  const asked = { url: 'https://hooks.payroll.example/bpoc', events: ['*'] };
  path = `/webhooks/${(await agency.ask('post', '/webhooks', asked)).body.id}/alerts`;
});
afterAll(() => api?.close());

const fieldsOf = (body: { errors: { field: string }[] }) => body.errors.map(({ field }) => field);

describe('alerts into a chat', () => {
  it('name another webhook of the agency, of a chat', async () => {
    const slack = { kind: 'slack', url: 'https://hooks.slack.com/services/T0/B0/abcdWXYZ', events: ['*'] };
    const chat = (await agency.ask('post', '/webhooks', slack)).body.id as string;
    const other = { url: 'https://hooks.payroll.example/other', events: ['*'] };
    const own = (await agency.ask('post', '/webhooks', other)).body.id as string;
    const put = (id: unknown) =>
      agency.ask('put', `/webhooks/${own}/alerts`, { emails: [], url: null, chat_webhook_id: id });
    expect((await put(chat)).body).toMatchObject({ chat_webhook_id: chat });
    const stranger = await api.addAgency();
    const theirs = (await stranger.ask('post', '/webhooks', slack)).body.id as string;
    for (const wrong of [theirs, own, 'x', 1]) {
      const { status, body } = await put(wrong);
      expect([wrong, status, fieldsOf(body)]).toEqual([wrong, 400, ['chat_webhook_id']]);
    }
    expect((await agency.ask('get', `/webhooks/${own}/alerts`)).body.chat_webhook_id).toBe(chat);
    expect((await put(undefined)).body.chat_webhook_id).toBeNull();
  });
});

describe('the alert recipients of a webhook', () => {
  it('are empty without an owner who has an address', async () => {
    const { status, body } = await agency.ask('get', path, null, 'member');
    expect({ status, body }).toEqual({
      status: 200,
      body: { emails: [], url: null, chat_webhook_id: null, default: true },
    });
  });

  it('are by default the owners who accepted their invite', async () => {
    const other = await api.addAgency();
    const asked = { url: 'https://hooks.payroll.example/bpoc', events: ['*'] };
    const { id } = (await other.ask('post', '/webhooks', asked)).body;
    const alerts = async () => (await other.ask('get', `/webhooks/${id}/alerts`)).body as object;
    const person = (name: string, role: string, more: { of?: string; come?: boolean } = {}) =>
      api.sql(
        `insert into users (id, agency_id, email, role, password_hash, created_at)
         select gen_random_uuid(), $1, $2, $3, $4, clock_timestamp()`,
        [more.of ?? other.id, `${name}@agency.example`, role, (more.come ?? true) ? 'x' : null],
      );
    await person('second', 'owner');
    await person('first', 'owner');
    await person('admin', 'admin');
    await person('invited', 'owner', { come: false });
    await person('theirs', 'owner', { of: agency.id });
    expect(await alerts()).toEqual({
      emails: ['second@agency.example', 'first@agency.example'],
      url: null,
      chat_webhook_id: null,
      default: true,
    });
    for (let n = 0; n < 10; n++) await person(`owner-${n}`, 'owner');
    expect(((await alerts()) as { emails: string[] }).emails).toHaveLength(10);
    await other.ask('put', `/webhooks/${id}/alerts`, { emails: [], url: null, default: true });
    expect(await alerts()).toEqual({ emails: [], url: null, chat_webhook_id: null, default: false });
    await api.sql('delete from users where agency_id = any($1)', [[other.id, agency.id]]);
  });

  it('are set by an admin, lower-cased, without duplicates, and audited without addresses', async () => {
    const asked = {
      emails: ['Ops@Agency.example', 'ops@agency.example', '\u212a@agency.example'],
      url: 'https://alerts.agency.example/x',
    };
    const stored = {
      // The Kelvin sign is no k: another mailbox.
      emails: ['ops@agency.example', '\u212a@agency.example'],
      url: asked.url,
      chat_webhook_id: null,
      default: false,
    };
    expect((await agency.ask('put', path, asked)).body).toEqual(stored);
    expect((await agency.ask('get', path)).body).toEqual(stored);
    const encrypted = await api.sql<{ url: Buffer }>('select url from webhook_alerts where webhook_id = $1', [
      path.split('/')[2],
    ]);
    expect(encrypted.map(({ url }) => url.includes('alerts.agency.example'))).toEqual([false]);
    const [entry] = await api.sql(
      `select action, details from audit_log where agency_id = $1 order by id desc limit 1`,
      [agency.id],
    );
    expect(entry).toEqual({ action: 'webhook.alerts_changed', details: { emails: 2, url: true, chat: false } });
  });

  it('are not changed by a member, and not read by a viewer', async () => {
    expect((await agency.ask('put', path, { emails: [], url: null }, 'member')).status).toBe(403);
    expect((await agency.ask('get', path, null, 'viewer')).status).toBe(403);
  });

  it.each([
    [{ emails: ['a@agency.example', 'no address', 'x@'], url: null }, ['emails.1', 'emails.2']],
    [{ emails: ['a@agency.example\r\nBcc: b@x.example'], url: null }, ['emails.0']],
    [{ emails: Array.from({ length: 11 }, (_, n) => `a${n}@agency.example`), url: null }, ['emails']],
    [{ emails: 'a@agency.example', url: null }, ['emails']],
    [{ emails: [], url: 'http://alerts.agency.example' }, ['url']],
    [{ emails: [], url: 'https://10.0.0.1/' }, ['url']],
    [{ emails: [] }, ['url']],
    [{ url: null }, ['emails']],
  ])('are refused for %j with the field, and nothing changes', async (asked, fields) => {
    const before = (await agency.ask('get', path)).body;
    const { status, body } = await agency.ask('put', path, asked);
    expect({ status, fields: fieldsOf(body) }).toEqual({ status: 400, fields });
    expect((await agency.ask('get', path)).body).toEqual(before);
  });

  it('cannot be a person when the server cannot send mail', async () => {
    const mute = await startApiApp({ ROLE: 'api', SMTP_URL: '' });
    try {
      const other = await mute.addAgency();
      const { body } = await other.ask('post', '/webhooks', { url: 'https://hooks.x.example/', events: ['*'] });
      const put = (emails: string[]) => other.ask('put', `/webhooks/${body.id}/alerts`, { emails, url: null });
      expect(await put(['a@agency.example'])).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'emails', code: 'no_mail' }] },
      });
      await mute.sql(
        `insert into users (id, agency_id, email, role, password_hash)
         values (gen_random_uuid(), $1, 'o@agency.example', 'owner', 'x')`,
        [other.id],
      );
      const { body: alerts } = await other.ask('get', `/webhooks/${body.id}/alerts`);
      expect(alerts).toEqual({ emails: [], url: null, chat_webhook_id: null, default: true });
      expect((await put([])).status).toBe(200);
    } finally {
      await mute.close();
    }
  });
});
