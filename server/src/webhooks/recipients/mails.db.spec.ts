import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { type ReceivedMail, subjectOf, textOf } from '../../../test/smtp.js';
import { exampleData } from '../../events/catalogue/catalogue.js';
import { LateMails } from './late-mails.js';
import { APPLICATION_CREATED, mailWebhooks, PUBLIC_URL } from '../../../test/mail-webhooks.js';

/* Webhooks that send mails, through a real mail server. */

const {
  answers,
  answerOnce,
  smtp,
  api,
  agency,
  team,
  publish,
  add,
  statesOf,
  settled,
  dueLate,
  timelineOf,
  to,
  linkIn,
} = mailWebhooks();

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
    answerOnce(two, '451 4.7.1 try again later');
    const webhook = await add(team);
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
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
    const webhook = await add(team);
    const off = (until: string) =>
      api.sql(`update webhooks set is_active = false, off_reason = 'person', undo_until = ${until} where id = $1`, [
        webhook.id,
      ]);
    // While the mail is being put off, so that its next attempt cannot come first.
    answers.set(two, async () => {
      await off(`now() + interval '1 hour'`);
      return '451 4.7.1 try again later';
    });
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
    await eventually(async () => expect(await dueLate(id)).toHaveLength(1));
    await api.app.get(LateMails).round();
    expect(await dueLate(id)).toHaveLength(1);
    await off('null');
    await api.app.get(LateMails).round();
    expect(await dueLate(id)).toEqual([]);
  });

  it('sends what waits in one mail; a recipient that was put off gets all of it later', async () => {
    const [one, two] = team as [string, string];
    answerOnce(two, '451 4.7.1 try again later');
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
    answerOnce(one, '450 busy');
    answers.set(two, '550 5.1.1 no such user');
    const webhook = await add(team);
    await publish();
    const { id } = await settled(webhook.id, 'delivered');
    expect((await timelineOf(id))[0]).toMatchObject({ reason: 'mail_deferred' });
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
    answers.set(one, '550 5.1.1 no such user').set(two, '550 5.7.1 not from you');
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
    await publish({ ...exampleData(APPLICATION_CREATED), candidateName });
    await eventually(async () => expect(to(team[0]!)).toHaveLength(1));
    const [mail] = to(team[0]!) as [ReceivedMail];
    const { raw } = mail;
    expect(mail.to).toEqual([team[0]]);
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(textOf(mail)).toContain('&lt;b&gt;hi');
  });
});
