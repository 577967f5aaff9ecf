import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { addPerson } from '../../../test/person.js';
import { type ReceivedMail, startSmtp, subjectOf, textOf } from '../../../test/smtp.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { LateMails } from './late-mails.js';

/* Webhooks that send mails, through a real mail server. */

const PUBLIC_URL = 'https://bpoc.example';

let api: ApiApp;
let agency: Agency;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
/** What the mail server says to a recipient. */
let answers: Record<string, string | null>;
let team: string[];

beforeAll(async () => {
  smtp = await startSmtp({ answer: (to) => answers[to] ?? null });
  api = await startApiApp({ SMTP_URL: smtp.url, PUBLIC_URL, DELAY_SCALE: '0.002', MAILS_PER_HOUR: '60' });
});
afterAll(async () => {
  await api?.close();
  await smtp?.close();
});
beforeEach(async () => {
  answers = {};
  smtp.mails.length = 0;
  agency = await api.addAgency();
  team = [];
  for (const role of ['owner', 'member'] as const) team.push((await addPerson(api, agency.id, role)).email);
});

const created = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;
const publish = (data: object = exampleData(created)) =>
  api.app.get(DomainEvents).publish({ type: created.type, agencyId: agency.id, data });
/** Its pace, 10 a minute, would make every second mail wait for 6 s. */
const add = async (recipients: string[], more: object = {}) => {
  const { body } = await agency.ask('post', '/webhooks', { kind: 'email', recipients, events: ['*'], ...more });
  await api.sql('update webhook_flow set every_ms = 1 where webhook_id = $1', [body.id]);
  return body;
};
const statesOf = async (id: string) => {
  const { body } = await agency.ask('get', `/webhooks/${id}`);
  return Object.fromEntries(
    (body.recipients as { email: string; state: string }[]).map(({ email, state }) => [email, state]),
  );
};
const settled = (webhookId: string, status: RegExp | string) =>
  eventually(async () => {
    const [row] = (await agency.ask('get', `/deliveries?webhook_id=${webhookId}`)).body.data;
    expect(row?.status).toMatch(status);
    return row as { id: string; status: string; reason: string; response_status: number | null };
  });
const dueLate = (id: string) => api.sql('select from attempt_mails where delivery_id = $1 and retry_at <= now()', [id]);
const timelineOf = async (id: string) => (await agency.ask('get', `/deliveries/${id}`)).body.timeline;
const to = (email: string): ReceivedMail[] => smtp.mails.filter((mail) => mail.to.includes(email));
/** The path of a link in a mail. */
const linkIn = (mail: ReceivedMail, page: 'confirm' | 'unsubscribe') =>
  new RegExp(`(/mail/${page}/[\\w.-]+)`).exec(textOf(mail).replaceAll('=3D', '='))![1]!;
const visit = (method: 'get' | 'post', path: string) => request(api.app.getHttpServer())[method](path);

describe('a webhook of kind email', () => {
  it('sends each recipient an own mail that people can read, with one click to end it', async () => {
    const webhook = await add(team, { style: { names: 'full' } });
    expect(webhook).toMatchObject({ kind: 'email', url: null, secret: null, inbox_id: null });
    expect(await statesOf(webhook.id)).toEqual({ [team[0]!]: 'confirmed', [team[1]!]: 'confirmed' });
    await publish();
    const { id, response_status } = await settled(webhook.id, 'delivered');
    expect(response_status).toBeNull();
    expect(smtp.mails.map((mail) => mail.to)).toEqual(expect.arrayContaining(team.map((email) => [email])));
    const [mail] = to(team[0]!) as [ReceivedMail];
    expect(subjectOf(mail)).toBe('New application: Maria Santos applied for Customer Service Representative');
    expect(mail.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(mail.raw).toMatch(/^List-Unsubscribe:\s+<https:\/\/bpoc\.example\/mail\/unsubscribe\/[\w.-]{70,}>\r$/m);
    expect(mail.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(textOf(mail)).not.toMatch(/maria@|daily\.co/);
    expect(textOf(mail)).not.toContain(team[1]);
    expect(linkIn(mail, 'unsubscribe')).not.toBe(linkIn(to(team[1]!)[0]!, 'unsubscribe'));

    const { body } = await agency.ask('get', `/deliveries/${id}/content`, null, 'member');
    const shown = JSON.parse(body.body) as { subject: string; text: string };
    expect(shown.subject).toBe(subjectOf(mail));
    expect(shown.text).toContain(`${PUBLIC_URL}/mail/unsubscribe/…`);
    expect(body.attempts[0].request_headers['list-unsubscribe']).toBe('<…>');
    const [attempt] = await timelineOf(id);
    expect(attempt.mails).toHaveLength(2);
    expect(attempt.mails[0]).toMatchObject({ outcome: 'accepted', smtp_code: 250 });
    const viewer = (await agency.ask('get', `/deliveries/${id}`, null, 'viewer')).body.timeline[0].mails[0];
    expect(viewer).toMatchObject({ email: expect.stringMatching(/^.…@agency\.example$/), answer: null });
  });

  it('can be tested and previewed', async () => {
    const webhook = await add([team[0]!]);
    const { body: preview } = await agency.ask('get', `/webhooks/${webhook.id}/preview`);
    expect(JSON.parse(preview.body).subject).toContain('M. S. applied for');
    const { body: result } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {}, 'member');
    expect(result).toMatchObject({ status: 'delivered', attempt: { mails: [{ outcome: 'accepted' }] } });
    expect(textOf(to(team[0]!)[0]!)).toContain('This is a test from BPOC');
  });

  it('is delivered when one recipient has it; only those put off get it again', async () => {
    const [one, two] = team as [string, string];
    answers[two] = '451 4.7.1 try again later';
    const webhook = await add(team);
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
    answers = {};
    await eventually(async () => expect(to(two)).toHaveLength(1));
    expect(to(one)).toHaveLength(1);
    await eventually(async () => expect(await timelineOf(id)).toHaveLength(2));
    const [first, second] = await timelineOf(id);
    const late = first.mails.find((mail: { email: string }) => mail.email === two);
    expect(late).toMatchObject({ outcome: 'deferred', smtp_code: 451, answer: '451 4.7.1 try again later' });
    expect(second.mails).toMatchObject([{ email: two, outcome: 'accepted' }]);
    expect(await settled(webhook.id, 'delivered')).toMatchObject({ reason: 'ok' });
  });

  it('keeps late mails while it can be undone that it was turned off', async () => {
    const [, two] = team as [string, string];
    answers[two] = '451 4.7.1 try again later';
    const webhook = await add(team);
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
    const off = (until: string) =>
      api.sql(`update webhooks set is_active = false, off_reason = 'person', undo_until = ${until} where id = $1`, [
        webhook.id,
      ]);
    await off(`now() + interval '1 hour'`);
    await eventually(async () => expect(await dueLate(id)).toHaveLength(1));
    await api.app.get(LateMails).round();
    expect(await dueLate(id)).toHaveLength(1);
    await off('null');
    await api.app.get(LateMails).round();
    expect(await dueLate(id)).toEqual([]);
  });

  it('sends what waits in one mail; a recipient that was put off gets all of it later', async () => {
    const [one, two] = team as [string, string];
    answers[two] = '451 4.7.1 try again later';
    const webhook = await add(team);
    const turns = (until: string) =>
      api.sql(`update webhook_flow set reserved_until = ${until} where webhook_id = $1`, [webhook.id]);
    await turns(`now() + interval '1 hour'`);
    for (let n = 0; n < 21; n++) await publish();
    await turns('null');
    await eventually(async () => {
      const { body } = await agency.ask('get', `/deliveries?webhook_id=${webhook.id}&status=delivered&limit=50`);
      expect(body.data).toHaveLength(21);
    });
    answers = {};
    await eventually(() => expect(to(two)).toHaveLength(1));
    const subjects = [...to(one), ...to(two)].map(subjectOf);
    expect(subjects).toEqual(['21 applications for 1 job', '21 applications for 1 job']);
    const results = await api.sql(
      `select email, outcome, count(*)::int from attempt_mails m join webhook_deliveries d on d.id = m.delivery_id
       where d.webhook_id = $1 group by 1, 2 order by 1, 2`,
      [webhook.id],
    );
    expect(results).toEqual(expect.arrayContaining([{ email: two, outcome: 'deferred', count: 21 }]));
    const daily = await agency.ask('patch', `/webhooks/${webhook.id}`, { style: { group: 'daily' } });
    expect([daily.status, daily.body.style.group]).toEqual([200, 'daily']);
  });

  it('is retried when all are put off, and ends a mailbox that does not exist', async () => {
    const [one, two] = team as [string, string];
    answers = { [one]: '450 busy', [two]: '550 5.1.1 no such user' };
    const webhook = await add(team);
    await publish();
    expect(await settled(webhook.id, 'retrying')).toMatchObject({ reason: 'mail_deferred' });
    answers[one] = null;
    await settled(webhook.id, 'delivered');
    const { body } = await agency.ask('get', `/webhooks/${webhook.id}`);
    expect(body.recipients).toContainEqual({
      email: two,
      state: 'bounced',
      reason: '550 5.1.1 no such user',
      asked_at: null,
    });
    expect(to(one)).toHaveLength(1);
  });

  it('is turned off when no mailbox is left; a refusal of one mail is final', async () => {
    const [one, two] = team as [string, string];
    answers = { [one]: '550 5.1.1 no such user', [two]: '550 5.7.1 not from you' };
    const dead = await add([one]);
    const refused = await add([two]);
    await publish();
    expect(await settled(dead.id, 'failed')).toMatchObject({ reason: 'target_gone' });
    expect(await settled(refused.id, 'failed')).toMatchObject({ reason: 'mail_refused' });
    expect((await agency.ask('get', `/webhooks/${dead.id}`)).body.off_reason).toBe('target_gone');
    expect((await agency.ask('get', `/webhooks/${refused.id}`)).body.is_active).toBe(true);
    expect(await statesOf(refused.id)).toEqual({ [two]: 'confirmed' });
  });

  it('waits while the hour of the agency is full, and loses nothing', async () => {
    await api.sql(`insert into mail_hours values ($1, date_trunc('hour', now(), 'UTC'), 60)`, [agency.id]);
    const webhook = await add([team[0]!]);
    await publish();
    expect(await settled(webhook.id, 'retrying')).toMatchObject({ reason: 'mail_limit' });
    expect((await agency.ask('get', `/webhooks/${webhook.id}`)).body.held_until).not.toBeNull();
    expect(to(team[0]!)).toEqual([]);
  });

  it('sends a resend to all again, and after an erasure nothing', async () => {
    const webhook = await add(team);
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
    await agency.ask('post', `/deliveries/${id}/resend`, {}, 'member');
    const mine = () => [...to(team[0]!), ...to(team[1]!)];
    await eventually(async () => expect(mine()).toHaveLength(4));
    const ids = mine().map(({ raw }) => /^Message-ID:\s+(.*)\r$/im.exec(raw)![1]);
    expect(new Set(ids).size).toBe(4);
    await api.sql('update webhook_events set body = null, purged_at = now() where agency_id = $1', [agency.id]);
    const { status, body } = await agency.ask('post', `/deliveries/${id}/resend`, {}, 'member');
    expect([status, body.code]).toEqual([409, 'purged']);
    expect((await agency.ask('get', `/deliveries/${id}/content`, null, 'member')).body.body).toBeNull();
  });

  it('mails no one twice after a crash between the mail and its result', async () => {
    const webhook = await add(team);
    const pause = `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
      values ($1, $2, now(), now() + interval '1 hour')`;
    await api.sql(pause, [webhook.id, agency.id]);
    await publish();
    // What a process leaves that was killed after the first mail: what was accepted, and its lease, which has expired.
    await api.sql(
      `insert into attempt_mails (delivery_id, n, email, agency_id, outcome)
       select delivery_id, 1, $2, agency_id, 'accepted' from webhook_queue where webhook_id = $1`,
      [webhook.id, team[0]],
    );
    await api.sql(
      `update webhook_queue set attempt = 1, token = gen_random_uuid(), lease_until = now() - interval '1 second'
       where webhook_id = $1`,
      [webhook.id],
    );
    await api.sql('update webhook_health set paused_at = null, paused_until = null where webhook_id = $1', [
      webhook.id,
    ]);
    const { id } = await settled(webhook.id, 'delivered');
    expect([to(team[0]!).length, to(team[1]!).length]).toEqual([0, 1]);
    const [interrupted, second] = await timelineOf(id);
    expect(interrupted).toMatchObject({ outcome: 'interrupted', mails: [{ email: team[0], outcome: 'accepted' }] });
    expect(second).toMatchObject({ outcome: 'succeeded', mails: [{ email: team[1], outcome: 'accepted' }] });
  });
});

describe('an address outside the team', () => {
  const STRANGER = 'pat@client.example';
  const asks = (email: string) => to(email).filter((mail) => subjectOf(mail).startsWith('Do you want'));

  it('is asked first and gets nothing until it agrees with a button', async () => {
    const webhook = await add([STRANGER.toUpperCase(), STRANGER]);
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'waiting' });
    await publish();
    expect(await settled(webhook.id, 'failed')).toMatchObject({ reason: 'no_recipients' });
    await eventually(async () => expect(asks(STRANGER)).toHaveLength(1));
    expect(to(STRANGER)).toHaveLength(1);
    const path = linkIn(asks(STRANGER)[0]!, 'confirm');
    const [{ token_hash }] = (await api.sql('select token_hash from mail_consents where email = $1', [STRANGER])) as [
      { token_hash: Buffer },
    ];
    expect(token_hash.toString()).not.toContain(path.split('/').at(-1));

    const page = await visit('get', path);
    expect([page.status, page.headers['x-robots-tag'], page.headers['cache-control']]).toEqual([
      200,
      'noindex',
      'no-store',
    ]);
    expect(page.text).toContain('<form method="post">');
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'waiting' });
    const agreed = await visit('post', path).type('form').send('');
    expect([agreed.status, agreed.text.includes('You will get these emails')]).toEqual([200, true]);
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'confirmed' });
    const [entry] = await api.sql('select details from audit_log where agency_id = $1 and action = $2', [
      agency.id,
      'recipient.confirmed',
    ]);
    expect(entry).toMatchObject({ details: { email: STRANGER } });

    await publish();
    await eventually(async () => expect(to(STRANGER)).toHaveLength(2));
    const out = linkIn(to(STRANGER)[1]!, 'unsubscribe');
    expect((await visit('get', out)).text).toContain('Stop these emails?');
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'confirmed' });
    const form = visit('post', out).set('content-type', 'application/x-www-form-urlencoded');
    expect((await form.send('List-Unsubscribe=One-Click')).status).toBe(200);
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'unsubscribed' });
    const again = await agency.ask('post', `/webhooks/${webhook.id}/recipients/ask`, { email: STRANGER });
    expect([again.status, again.body.errors[0].code]).toEqual([400, 'not_asked_again']);
    expect(await statesOf(webhook.id)).toEqual({ [STRANGER]: 'unsubscribed' });
    expect(asks(STRANGER)).toHaveLength(1);
  });

  it('may say no, and is asked again after 90 days, three times ever', async () => {
    const email = 'no@client.example';
    const webhook = await add([email]);
    await eventually(async () => expect(asks(email)).toHaveLength(1));
    const path = linkIn(asks(email)[0]!, 'confirm');
    expect((await visit('get', path)).text).toContain('formaction="?answer=no">No, thank you</button>');
    for (const method of ['post', 'post', 'get'] as const)
      expect((await visit(method, `${path}?answer=no`)).text).toContain('You will get no emails');
    expect((await visit('post', path)).text).toContain('You will get no emails');
    expect(await statesOf(webhook.id)).toEqual({ [email]: 'unsubscribed' });
    const yesterday = `update mail_consents set asked_at = asked_at - interval '8 days'`;
    await api.sql(`${yesterday} where email = $1`, [email]);
    expect(await statesOf((await add([email])).id)).toEqual({ [email]: 'unsubscribed' });
    const again = () => agency.ask('post', `/webhooks/${webhook.id}/recipients/ask`, { email });
    expect((await again()).body.errors).toMatchObject([{ field: 'email', code: 'not_asked_again' }]);
    await api.sql(`update mail_consents set declined_at = now() - interval '91 days' where email = $1`, [email]);
    for (const times of [2, 3]) {
      expect((await again()).status).toBe(204);
      await eventually(async () => expect(asks(email)).toHaveLength(times));
      await api.sql(`${yesterday} where email = $1`, [email]);
    }
    expect((await again()).body.errors).toMatchObject([{ field: 'email', code: 'not_asked_again' }]);
    expect(asks(email)).toHaveLength(3);
  });

  it('is not asked for a webhook that was deleted', async () => {
    const email = 'late@client.example';
    await api.sql(`insert into mail_consents (agency_id, email, state, asked_at) values ($1, $2, 'waiting', now())`, [
      (await api.addAgency()).id,
      email,
    ]);
    const webhook = await add([email]);
    await agency.ask('delete', `/webhooks/${webhook.id}`).expect(204);
    await api.sql(`delete from mail_consents where email = $1 and agency_id <> $2`, [email, agency.id]);
    const due = `update mail_consents set ask_at = now() where agency_id = $1 and email = $2 returning 1`;
    expect(await api.sql(due, [agency.id, email])).toHaveLength(1);
    const state = () => api.sql('select ask_at, asked_at from mail_consents where email = $1', [email]);
    await eventually(async () => expect(await state()).toEqual([{ ask_at: null, asked_at: null }]));
    expect(asks(email)).toEqual([]);
    await add([email]);
    await eventually(async () => expect(asks(email)).toHaveLength(1));
  });

  it('is asked once a day, whichever agencies list it', async () => {
    const email = 'busy@client.example';
    const first = await add([email]);
    await eventually(async () => expect(asks(email)).toHaveLength(1));
    const other = await api.addAgency();
    await other.ask('post', '/webhooks', { kind: 'email', recipients: [email], events: ['*'] });
    await eventually(async () =>
      expect(
        await api.sql('select 1 from mail_consents where agency_id = $1 and ask_at > now()', [other.id]),
      ).toHaveLength(1),
    );
    await agency.ask('patch', `/webhooks/${first.id}`, { recipients: [team[0]!] });
    await agency.ask('patch', `/webhooks/${first.id}`, { recipients: [email] });
    const { status, body } = await agency.ask('post', `/webhooks/${first.id}/recipients/ask`, { email });
    expect([status, body.code]).toEqual([429, 'too_many_requests']);
    expect(asks(email)).toHaveLength(1);
  });

  it('is also who leaves the team: gets no more, unless it had agreed', async () => {
    const [owner, agreed] = team as [string, string];
    const leaver = await addPerson(api, agency.id, 'member');
    const { id } = await add([...team, leaver.email]);
    await api.sql(`insert into mail_consents (agency_id, email, state) values ($1, $2, 'agreed')`, [agency.id, agreed]);
    const people = await api.sql<{ id: string }>('select id from users where agency_id = $1 and role = $2', [
      agency.id,
      'member',
    ]);
    for (const person of people) await agency.ask('delete', `/members/${person.id}`, null, 'owner').expect(204);
    expect(await statesOf(id)).toEqual({ [owner]: 'confirmed', [agreed]: 'confirmed' });
    await publish();
    await settled(id, 'delivered');
    expect(smtp.mails.map((mail) => mail.to[0]).toSorted()).toEqual([owner, agreed].toSorted());
    await agency.ask('patch', `/webhooks/${id}`, { recipients: [...team, leaver.email] }).expect(200);
    expect(await statesOf(id)).toMatchObject({ [leaver.email]: 'waiting' });
  });

  it('waits with at most 20 others of the agency', async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `p${from + index}-${agency.id}@client.example`);
    await add(many(0, 20));
    const asked = { kind: 'email', recipients: many(20, 1), events: ['*'] };
    const { status, body } = await agency.ask('post', '/webhooks', asked);
    expect([status, body.errors[0].code]).toEqual([400, 'too_many_waiting']);
  });

  it('has links that only it can make', async () => {
    for (const path of ['confirm/x', `unsubscribe/${'0'.repeat(32)}.${'A'.repeat(43)}`, 'unsubscribe/..%2f'])
      for (const method of ['get', 'post'] as const)
        expect([path, (await visit(method, `/mail/${path}`)).status]).toEqual([path, 404]);
    const cross = await visit('post', '/mail/confirm/x').set('origin', 'https://evil.example');
    expect(cross.status).toBe(403);
  });
});

describe('what a mail cannot be is refused', () => {
  it.each([
    [{ kind: 'email' }, 'recipients required'],
    [{ kind: 'email', recipients: [] }, 'recipients array_min_size'],
    [{ kind: 'email', recipients: ['x'] }, 'recipients.0 is_email'],
    [{ kind: 'email', recipients: ['a@b.example\r\nBcc: c@d.example'] }, 'recipients.0 is_email'],
    [{ kind: 'email', recipients: ['"a\\"@x"@b.example'] }, 'recipients.0 is_email'],
    [{ kind: 'email', recipients: ['a@b.example'], url: 'https://x.example' }, 'url not_for_this_kind'],
    [{ kind: 'email', recipients: ['a@b.example'], headers: { a: 'b' } }, 'headers not_for_this_kind'],
    [{ recipients: ['a@b.example'], url: 'https://x.example' }, 'recipients not_for_this_kind'],
    [{ kind: 'slack' }, 'url required'],
  ])('%j', async (asked, problem) => {
    const { status, body } = await agency.ask('post', '/webhooks', { events: ['*'], ...asked });
    expect({ status, body }).toMatchObject({ status: 400 });
    expect((body.errors as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`)).toContain(
      problem,
    );
  });

  it('a name cannot add a header or a recipient', async () => {
    await add([team[0]!], { style: { names: 'full' } });
    const candidateName = 'Eve\r\nBcc: victim@example.org\r\n\r\n<b>hi</b>';
    await publish({ ...exampleData(created), candidateName });
    await eventually(async () => expect(to(team[0]!)).toHaveLength(1));
    const [mail] = to(team[0]!) as [ReceivedMail];
    const { raw } = mail;
    expect(mail.to).toEqual([team[0]]);
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(textOf(mail)).toContain('&lt;b&gt;hi');
  });
});
