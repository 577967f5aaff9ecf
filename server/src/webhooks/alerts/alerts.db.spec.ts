import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import { startTestApp, type TestApp } from '../../../test/app.js';
import { eventually } from '../../../test/eventually.js';
import { startReceiver } from '../../../test/receiver.js';
import { startSmtp, subjectOf, textOf } from '../../../test/smtp.js';
import { Keyring } from '../../lib/keyring.js';
import { encryptAlertAddress } from '../model/webhook-secrets.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Pulse } from '../../health/pulse.js';
import { Outboxes } from '../../mail/outboxes.js';
import { GuardedHttp } from '../../outbound/guarded-http.js';
import { AlertWatch, DAILY_MESSAGES } from './alert-watch.js';

/* Alerts through a real SMTP server and a real receiver. Delays are scaled down to a thousandth. */

let test: TestApp;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const answers: Record<string, number> = {};

beforeAll(async () => {
  smtp = await startSmtp({ refuse: (to) => to.startsWith('refused') });
  receiver = await startReceiver(({ path }) => ({ status: answers[path] ?? 200 }));
  test = await startTestApp({
    DELAY_SCALE: '0.001',
    SMTP_URL: smtp.url,
    PUBLIC_URL: 'https://webhooks.example',
    DESTINATION_HOSTS: `slack=${new URL(receiver.url).host}`,
  });
});
afterAll(async () => {
  await test?.close();
  await Promise.all([smtp?.close(), receiver?.close()]);
});

interface Subject {
  agencyId: string;
  id: string;
  path: string;
  secret: string;
  email: string;
}

/** A webhook with an email address and an alert URL. */
async function addWebhook({ agencyId = '', emails = [`ops-${randomUUID()}@agency.example`] } = {}): Promise<Subject> {
  const path = `/${randomUUID()}`;
  const agency = agencyId || (await test.addAgency());
  const { id, secret } = await test.addWebhook(agency, receiver.url + path);
  await test.sql(`update webhooks set description = 'Payroll sync' where id = $1`, [id]);
  await test.sql('insert into webhook_alerts (webhook_id, agency_id, emails, url) values ($1, $2, $3, $4)', [
    id,
    agency,
    emails,
    encryptAlertAddress(test.app.get(Keyring), { agencyId: agency, webhookId: id }, `${receiver.url}${path}/alerts`),
  ]);
  return { agencyId: agency, id, path, secret, email: emails[0]! };
}

const publish = ({ agencyId }: Subject) =>
  test.app.get(DomainEvents).publish({
    type: 'offer.sent',
    agencyId,
    data: { offerId: 'o', applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' },
  });
const mailsTo = (email: string) => smtp.mails.filter(({ to }) => to.includes(email));
const posts = ({ path }: Subject) => receiver.requests.filter((request) => request.path === `${path}/alerts`);
const kindsPosted = (subject: Subject) => posts(subject).map(({ body }) => JSON.parse(body).event as string);
const alertsOf = ({ id }: Subject) =>
  test.sql<{ kind: string; channel: string; sent: boolean; given_up: boolean }>(
    `select kind, channel, sent_at is not null as sent, given_up_at is not null as given_up
     from alerts where webhook_id = $1 order by id`,
    [id],
  );
const round = () => test.app.get(AlertWatch).round();
/** Polls without waiting for the 2 seconds of the loop. */
const polled = <T>(check: () => T | Promise<T>): Promise<T> =>
  eventually(() => {
    void test.app.get(Pulse).tick();
    void test.app.get(Outboxes).tick();
    return check();
  });

/** Overwrites its health. */
const setHealth = ({ id, agencyId }: Subject, columns: string) =>
  test
    .sql(`insert into webhook_health (webhook_id, agency_id) values ($1, $2) on conflict do nothing`, [id, agencyId])
    .then(() => test.sql(`update webhook_health set ${columns} where webhook_id = $1`, [id]));

describe('a webhook that fails', () => {
  it('causes a mail and a signed message when it is paused, and when it works again', async () => {
    const subject = await addWebhook();
    answers[subject.path] = 503;
    for (let n = 0; n < 5; n++) await publish(subject);
    await eventually(() => expect(kindsPosted(subject)).toEqual(['webhook.paused']), 40_000);
    await polled(() => expect(mailsTo(subject.email)).toHaveLength(1));
    const [mail] = mailsTo(subject.email);
    expect(subjectOf(mail!)).toBe('Payroll sync is paused: it keeps failing');
    expect(textOf(mail!)).toContain(`https://webhooks.example/recruiter/api/webhooks/${subject.id}`);
    expect(textOf(mail!)).not.toContain(subject.path);
    const [post] = posts(subject);
    const headers = post!.headers as Record<string, string>;
    const verified = new Verifier(subject.secret).verify(post!.body, headers) as Record<string, unknown>;
    expect(verified).toEqual({
      event: 'webhook.paused',
      timestamp: expect.stringMatching(/Z$/),
      data: {
        webhook_id: subject.id,
        webhook_url: receiver.url + subject.path,
        description: 'Payroll sync',
        reason: 'down',
        response_status: 503,
        failing_since: expect.stringMatching(/Z$/),
        switches_off_at: expect.stringMatching(/Z$/),
        off_reason: null,
        admin_url: `https://webhooks.example/recruiter/api/webhooks/${subject.id}`,
      },
    });

    // The address may hold a key.
    const inClear = 'select from alerts where webhook_id = $1 and facts::text like $2';
    expect(await test.sql(inClear, [subject.id, `%${subject.path}%`])).toEqual([]);

    delete answers[subject.path];
    await publish(subject);
    await polled(() => expect(kindsPosted(subject)).toEqual(['webhook.paused', 'webhook.recovered']));
    await polled(() => expect(mailsTo(subject.email).map(subjectOf)).toContain('Payroll sync works again'));
    expect(mailsTo(subject.email)).toHaveLength(2);
  });

  it('causes none while its trouble is muted', async () => {
    const subject = await addWebhook();
    await setHealth(
      subject,
      `failures_in_a_row = 20, failing_since = now() - interval '100 seconds', last_reason = 'timeout',
       paused_at = now(), paused_until = now() + interval '1 hour'`,
    );
    await test.sql(
      `insert into webhook_problems (webhook_id, agency_id, failing_since, muted_at, muted_by)
       select webhook_id, agency_id, date_trunc('milliseconds', failing_since), now(), 'Ana' from webhook_health
       where webhook_id = $1`,
      [subject.id],
    );
    await round();
    expect(await alertsOf(subject)).toEqual([]);
    // Said about an earlier trouble.
    await test.sql(
      `update webhook_problems set failing_since = failing_since - interval '1 second'
      where webhook_id = $1`,
      [subject.id],
    );
    await round();
    expect((await alertsOf(subject)).map(({ kind }) => kind)).toEqual(['paused', 'paused']);
  });

  it('causes a warning a day before it is switched off, and an alert when it is', async () => {
    const subject = await addWebhook();
    // 4 of 5 days, scaled down.
    await setHealth(
      subject,
      `failures_in_a_row = 20, failing_since = now() - interval '400 seconds', last_reason = 'timeout',
       paused_at = now() - interval '1 second', paused_until = now() + interval '1 hour'`,
    );
    await polled(() => expect(kindsPosted(subject)).toEqual(['webhook.switch_off_soon']));
    await test.sql(
      `update webhooks set is_active = false, off_reason = 'failing_5_days', off_at = now() where id = $1`,
      [subject.id],
    );
    await polled(() => expect(kindsPosted(subject)).toEqual(['webhook.switch_off_soon', 'webhook.switched_off']));
    await polled(() =>
      expect(mailsTo(subject.email).map(subjectOf)).toEqual([
        'Payroll sync will be turned off in about a day',
        'Payroll sync is turned off',
      ]),
    );
  });

  it('causes an alert when 410 switches it off', async () => {
    const subject = await addWebhook();
    answers[subject.path] = 410;
    await publish(subject);
    await polled(() => expect(kindsPosted(subject)).toEqual(['webhook.switched_off']));
  });

  it('causes none when a person switched it off, its receiver asks it to wait, or without recipients', async () => {
    const [off, held, silent] = [await addWebhook(), await addWebhook(), await addWebhook()];
    await test.sql(`update webhooks set is_active = false, off_reason = 'person', off_at = now() where id = $1`, [
      off.id,
    ]);
    await test.sql(`update webhook_alerts set emails = '{}', url = null where webhook_id = $1`, [silent.id]);
    for (const subject of [off, silent])
      await setHealth(subject, `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`);
    answers[held.path] = 429;
    await publish(held);
    const waits = () =>
      test.sql('select from webhook_health where webhook_id = $1 and held_until is not null', [held.id]);
    await polled(async () => expect(await waits()).toHaveLength(1));
    await round();
    expect((await Promise.all([off, held, silent].map(alertsOf))).flat()).toEqual([]);
  });
});

const pausedNow = `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`;

describe('a webhook with default recipients', () => {
  const addOwner = async (agencyId: string): Promise<string> => {
    const email = `owner-${randomUUID()}@agency.example`;
    await test.sql(
      `insert into users (id, agency_id, email, role, password_hash) values (gen_random_uuid(), $1, $2, 'owner', 'x')`,
      [agencyId, email],
    );
    return email;
  };
  const unsaid = async (): Promise<Subject> => {
    const subject = await addWebhook();
    await test.sql('delete from webhook_alerts where webhook_id = $1', [subject.id]);
    return { ...subject, email: await addOwner(subject.agencyId) };
  };

  it('alerts the owners by mail, once, also with concurrent rounds', async () => {
    const subject = await unsaid();
    const other = await addOwner(subject.agencyId);
    await setHealth(subject, pausedNow);
    await Promise.all(Array.from({ length: 5 }, round));
    expect((await alertsOf(subject)).map(({ kind, channel }) => [kind, channel])).toEqual([
      ['paused', 'email'],
      ['paused', 'email'],
    ]);
    await polled(() => expect([subject.email, other].map((to) => mailsTo(to).length)).toEqual([1, 1]));
  });

  it('obeys the same limits', async () => {
    const subject = await unsaid();
    await test.sql(
      `insert into alerts (id, agency_id, webhook_id, kind, channel, target, facts, created_at, sent_at)
       select gen_random_uuid(), $1, $2, 'recovered', 'email', 'x@y.example', '{}', now() - interval '2 hours', now()
       from generate_series(1, $3)`,
      [subject.agencyId, subject.id, DAILY_MESSAGES],
    );
    await setHealth(subject, pausedNow);
    await round();
    expect(await alertsOf(subject)).toHaveLength(DAILY_MESSAGES);
  });

  it('alerts when it is switched off', async () => {
    const subject = await unsaid();
    await setHealth(subject, 'failures_in_a_row = 1');
    await test.sql(`update webhooks set is_active = false, off_reason = 'gone', off_at = now() where id = $1`, [
      subject.id,
    ]);
    await round();
    expect((await alertsOf(subject)).map(({ kind }) => kind)).toEqual(['switched_off']);
  });
});

describe('limits', () => {
  it('allow a kind once an hour; what is still true then is alerted then', async () => {
    const subject = await addWebhook();
    await setHealth(subject, pausedNow);
    await round();
    expect(await alertsOf(subject)).toHaveLength(2);
    await test.sql(`update alerts set created_at = created_at - interval '59 minutes' where webhook_id = $1`, [
      subject.id,
    ]);
    await setHealth(subject, `paused_at = now(), last_success_at = now() - interval '1 minute'`);
    await round();
    expect(await alertsOf(subject)).toHaveLength(2);
    await test.sql(`update alerts set created_at = created_at - interval '1 minute' where webhook_id = $1`, [
      subject.id,
    ]);
    await round();
    expect((await alertsOf(subject)).map(({ kind }) => kind)).toEqual(['paused', 'paused', 'paused', 'paused']);
  });

  it('bound the messages of an agency a day', async () => {
    const agencyId = await test.addAgency();
    const subject = await addWebhook({ agencyId });
    const old = await addWebhook({ agencyId });
    await test.sql(
      `insert into alerts (id, agency_id, webhook_id, kind, channel, target, facts, sent_at)
       select gen_random_uuid(), $1, $2, 'paused', 'email', 'x@y.example', '{}', now() from generate_series(1, $3)`,
      [agencyId, old.id, DAILY_MESSAGES - 1],
    );
    await setHealth(subject, pausedNow);
    await round();
    expect(await alertsOf(subject)).toEqual([]);
    await test.sql(`update alerts set created_at = now() - interval '25 hours' where webhook_id = $1`, [old.id]);
    await round();
    expect(await alertsOf(subject)).toHaveLength(2);
  });

  it('hold for concurrent rounds: one alert each', async () => {
    const subjects = await Promise.all(Array.from({ length: 20 }, () => addWebhook()));
    for (const subject of subjects) await setHealth(subject, pausedNow);
    await Promise.all(Array.from({ length: 5 }, round));
    const counts = await Promise.all(subjects.map(async (subject) => (await alertsOf(subject)).length));
    expect(counts).toEqual(subjects.map(() => 2));
  });
});

describe('an alert that cannot be sent', () => {
  it('is refused at a private address by the client of the app', async () => {
    const sent = test.app.get(GuardedHttp).postJson('http://10.0.0.1/alerts', '{}', {});
    await expect(sent).rejects.toMatchObject({ code: 'blocked_address' });
  });

  it('goes into the chat of another webhook, as a message with a button', async () => {
    const subject = await addWebhook();
    const { id: chat } = await test.addWebhook(subject.agencyId, `${receiver.url}/services/T0/B0/${subject.id}`);
    await test.sql(`update webhooks set kind = 'slack', style = '{"names":"initials","link":true}' where id = $1`, [
      chat,
    ]);
    await test.sql('update webhook_alerts set chat_webhook_id = $2 where webhook_id = $1', [subject.id, chat]);
    await setHealth(subject, `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`);
    const messages = () => receiver.requests.filter(({ path }) => path.endsWith(subject.id));
    await polled(() => expect(messages()).toHaveLength(1));
    const { text, blocks } = JSON.parse(messages()[0]!.body) as { text: string; blocks: unknown };
    expect(text).toMatch(/^Payroll sync is paused: it keeps failing: We could not send events to Payroll sync/);
    expect(JSON.stringify(blocks)).toContain(`https://webhooks.example/recruiter/api/webhooks/${subject.id}`);
    await polled(async () => expect((await alertsOf(subject)).every(({ sent }) => sent)).toBe(true));
    expect((await alertsOf(subject)).map(({ channel }) => channel)).toEqual(['email', 'url', 'chat']);
  });

  it('goes out once the SMTP server is back', async () => {
    const subject = await addWebhook();
    await smtp.close();
    await setHealth(subject, `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`);
    await polled(async () => {
      const [row] = await test.sql<{ attempts: number }>(
        `select attempts from alerts where webhook_id = $1 and channel = 'email'`,
        [subject.id],
      );
      expect(row!.attempts).toBeGreaterThan(1);
    });
    smtp = await startSmtp({ port: smtp.port, refuse: (to) => to.startsWith('refused') });
    await polled(() => expect(mailsTo(subject.email)).toHaveLength(1));
    // The mail arrives before the alert is settled.
    await polled(async () =>
      expect((await alertsOf(subject)).map(({ channel, sent }) => [channel, sent])).toEqual([
        ['email', true],
        ['url', true],
      ]),
    );
  });

  it('is given up for a recipient who is refused permanently; the others get theirs', async () => {
    const subject = await addWebhook({
      emails: [`refused-${randomUUID()}@agency.example`, `some-${randomUUID()}@agency.example`],
    });
    await setHealth(subject, `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`);
    await polled(async () =>
      expect((await alertsOf(subject)).map(({ sent, given_up: givenUp }) => [sent, givenUp])).toEqual([
        [false, true],
        [true, false],
        [true, false],
      ]),
    );
    expect(mailsTo(subject.email)).toEqual([]);
  });

  it('is retried until the alert URL responds 2xx', async () => {
    const subject = await addWebhook();
    answers[`${subject.path}/alerts`] = 500;
    await setHealth(subject, `failing_since = now(), paused_at = now(), paused_until = now() + interval '1 hour'`);
    await polled(() => expect(posts(subject).length).toBeGreaterThan(1));
    const ids = posts(subject).map(({ headers }) => headers['webhook-id']);
    delete answers[`${subject.path}/alerts`];
    expect(new Set(ids).size).toBe(1);
    await polled(async () => expect((await alertsOf(subject)).every(({ sent }) => sent)).toBe(true));
  });
});
