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
}, 60_000);
afterAll(() => api?.close());

const fieldsOf = (body: { errors: { field: string }[] }) => body.errors.map(({ field }) => field);

describe('who is told when a webhook fails', () => {
  it('is nobody at first', async () => {
    const { status, body } = await agency.ask('get', path, null, 'member');
    expect({ status, body }).toEqual({ status: 200, body: { emails: [], url: null } });
  });

  it('is set by an admin, in small letters and without duplicates, and written down without the addresses', async () => {
    const asked = {
      emails: ['Ops@Agency.example', 'ops@agency.example', 'b@agency.example'],
      url: 'https://alerts.agency.example/x',
    };
    const stored = { emails: ['ops@agency.example', 'b@agency.example'], url: asked.url };
    expect((await agency.ask('put', path, asked)).body).toEqual(stored);
    expect((await agency.ask('get', path)).body).toEqual(stored);
    const [entry] = await api.sql(
      `select action, details from audit_log where agency_id = $1 order by id desc limit 1`,
      [agency.id],
    );
    expect(entry).toEqual({ action: 'webhook.alerts_changed', details: { emails: 2, url: true } });
  });

  it('is not changed by a member, and not read by a viewer', async () => {
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
  ])('is refused for %j with the field, and nothing changes', async (asked, fields) => {
    const before = (await agency.ask('get', path)).body;
    const { status, body } = await agency.ask('put', path, asked);
    expect({ status, fields: fieldsOf(body) }).toEqual({ status: 400, fields });
    expect((await agency.ask('get', path)).body).toEqual(before);
  });

  it('cannot be a person where the server has no way to send mail', async () => {
    const mute = await startApiApp({ ROLE: 'api', SMTP_URL: '' });
    try {
      const other = await mute.addAgency();
      const { body } = await other.ask('post', '/webhooks', { url: 'https://hooks.x.example/', events: ['*'] });
      const put = (emails: string[]) => other.ask('put', `/webhooks/${body.id}/alerts`, { emails, url: null });
      expect(await put(['a@agency.example'])).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'emails', code: 'no_mail' }] },
      });
      expect((await put([])).status).toBe(200);
    } finally {
      await mute.close();
    }
  }, 60_000);
});
