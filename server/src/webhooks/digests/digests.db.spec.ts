import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { addPerson, type Person } from '../../../test/person.js';
import { startSmtp, subjectOf, textOf } from '../../../test/smtp.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Outboxes } from '../../mail/outboxes.js';
import { AppLinks } from '../../outbound/app-links.js';
import { MailOutbox } from '../../outbound/mail-outbox.js';
import { Mailer } from '../../outbound/mailer.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { Digests } from './digests.js';
import { periodAt } from './digest-periods.js';

/* Digests through a real SMTP server. The time is given; rows are of now. */

const WEEK_MS = 7 * 86_400_000;
/** Of the last days of 1969. */
const A_MONDAY_MS = Date.UTC(1969, 11, 29, 6);
/** The end of the day and of the week in which these tests insert, and a little. */
const endOf = (ms: number) => Math.ceil((Date.now() - A_MONDAY_MS) / ms) * ms + A_MONDAY_MS + 5_000;
const [DAY_DUE_MS, DUE_MS] = [endOf(WEEK_MS / 7), endOf(WEEK_MS)];

let api: ApiApp;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let agency: Agency;
let owner: Person;
let member: Person;

beforeAll(async () => {
  smtp = await startSmtp();
  api = await startApiApp({ SMTP_URL: smtp.url, PUBLIC_URL: 'http://localhost:3000', DELAY_SCALE: '0.001' });
});
afterAll(async () => {
  await api?.close();
  await smtp?.close();
});
beforeEach(async () => {
  agency = await api.addAgency();
  owner = await addPerson(api, agency.id, 'owner');
  member = await addPerson(api, agency.id, 'member');
});

const digests = () => api.app.get(Digests);
const ofAnotherProcess = (env: Partial<Env> = {}) =>
  new Digests(
    api.app.get(ServiceDatabase),
    api.app.get(TenantTransaction),
    api.app.get(MailOutbox),
    api.app.get(Mailer),
    api.app.get(AppLinks),
    api.app.get(WebhookAddresses),
    { ...api.app.get<Env>(ENV), ...env },
  );
const choose = (digest: unknown, { cookie }: Person) =>
  request(api.app.getHttpServer()).patch('/api/me').set('cookie', cookie).send({ digest });
const MAIL = { candidateEmail: 'jane@x.example' };
const publish = () =>
  api.app.get(DomainEvents).publish({
    type: 'application.created',
    agencyId: agency.id,
    data: { applicationId: 'a-1', jobId: 'j-1', candidateId: 'c-1', candidateName: 'Jane', jobTitle: 'Cook', ...MAIL },
  });
const mailsTo = ({ email }: Person) => smtp.mails.filter(({ to }) => to.includes(email));
const pending = () =>
  api.sql<{ id: string; recipient: string }>(
    'select id, recipient from mails where agency_id = $1 and sent_at is null and given_up_at is null',
    [agency.id],
  );
const sent = async () => {
  await eventually(async () => {
    await api.app.get(Outboxes).tick();
    expect(await pending()).toEqual([]);
  });
};

describe('a digest', () => {
  it('goes to owners weekly and to who asks daily, once each, whichever process is first', async () => {
    const url = 'http://localhost:9/';
    const { id } = (await agency.ask('post', '/webhooks', { url, events: ['*'], description: 'Payroll' })).body;
    await publish();
    await api.sql(
      `insert into webhook_hours (webhook_id, hour, agency_id, delivered, failed)
       values ($1, date_trunc('hour', now(), 'UTC'), $2, 1234, 5)
       on conflict (webhook_id, hour) do update set delivered = 1234, failed = 5`,
      [id, agency.id],
    );
    await api.sql(
      `insert into webhook_health (webhook_id, agency_id, failures_in_a_row, last_reason, last_attempt_at, paused_until)
       values ($1, $2, 9, 'down', now(), now() + interval '1 hour')
       on conflict (webhook_id) do update
       set failures_in_a_row = 9, last_reason = 'down', paused_until = now() + interval '1 hour'`,
      [id, agency.id],
    );
    expect((await choose('sometimes', member)).body.errors).toMatchObject([{ field: 'digest' }]);
    expect((await choose('daily', member)).body).toMatchObject({ digest: 'daily' });
    const chosen = await api.sql('select action, details from audit_log where actor_id = $1', [member.id]);
    expect(chosen).toEqual([{ action: 'user.digest_chosen', details: { digest: 'daily' } }]);
    for (const at of [DAY_DUE_MS, DUE_MS])
      await Promise.all([digests(), ofAnotherProcess(), ofAnotherProcess()].map((each) => each.round(at)));
    await digests().round(DUE_MS + 3_600_000);
    expect((await pending()).map(({ recipient }) => recipient).toSorted()).toEqual(
      [owner.email, member.email].toSorted(),
    );
    await sent();
    const [weekly, ...more] = mailsTo(owner);
    expect(more).toEqual([]);
    expect(subjectOf(weekly!)).toMatch(/ last week: 1,234 delivered, 1 not delivered$/);
    const text = textOf(weekly!);
    expect(text).toContain('1,234 deliveries arrived, 5 failed');
    expect(text).toMatch(/Payroll is paused\. [^.]+\. 1 not delivered\./);
    expect(text).toContain('http://localhost:3000/recruiter/api/account');
    expect(mailsTo(member)).toHaveLength(1);
  });

  it('is not sent about nothing, nor when its time is past, to who wants none or was not there', async () => {
    await digests().round(DUE_MS);
    expect(await pending()).toEqual([]);
    await publish();
    // The week without events was one.
    await digests().round(DUE_MS);
    expect(await pending()).toEqual([]);
    await api.sql('delete from digests where agency_id = $1', [agency.id]);
    await digests().round(DUE_MS + 13 * 3_600_000);
    expect(await pending()).toEqual([]);
    await choose('off', owner);
    const late = await addPerson(api, agency.id, 'owner');
    await api.sql('update users set created_at = $2 where id = $1', [late.id, new Date(DUE_MS)]);
    await digests().round(DUE_MS);
    expect(await pending()).toEqual([]);
  });

  it('that a process did not finish is made by another, and one that it had claimed is sent by another', async () => {
    await publish();
    await api.sql(`alter table mails add constraint broken check (kind <> 'digest') not valid`);
    await digests().round(DUE_MS);
    await api.sql('alter table mails drop constraint broken');
    expect(await api.sql('select from digests where agency_id = $1', [agency.id])).toEqual([]);
    await ofAnotherProcess().round(DUE_MS);
    const claimed = await api.app.get(MailOutbox).claim();
    expect(claimed.map(({ recipient }) => recipient)).toEqual([owner.email]);
    // The process that claimed it was killed.
    await api.app.get(Outboxes).tick();
    expect(mailsTo(owner)).toEqual([]);
    await api.sql('update mails set lease_until = now() where agency_id = $1', [agency.id]);
    await sent();
    expect(mailsTo(owner)).toHaveLength(1);
    await digests().round(DUE_MS + 60_000);
    expect(await pending()).toEqual([]);
  });

  it('goes to people of an identity provider, who have no password, and from however many agencies', async () => {
    await api.sql('update users set password_hash = null where id = $1', [owner.id]);
    await publish();
    await api.sql(
      `insert into mails (id, kind, recipient, sent_at)
       select gen_random_uuid(), 'digest', $1, now() from generate_series(1, 20)`,
      [owner.email],
    );
    await digests().round(DUE_MS);
    expect(await pending()).toEqual([]);
    await ofAnotherProcess({ identity: { source: 'users' } as Env['identity'] }).round(DUE_MS);
    expect((await pending()).map(({ recipient }) => recipient)).toEqual([owner.email]);
  });
});

describe('the period of a digest', () => {
  const at = (kind: 'daily' | 'weekly', time: string) => {
    const period = periodAt(kind, Date.parse(time));
    return period && [period.from, period.to].map((ms) => new Date(ms).toISOString().slice(0, 16));
  };

  it('ends at 6:00 UTC, of a week on Monday, and is over 12 hours later', () => {
    expect(at('daily', '2026-11-24T06:00:00Z')).toEqual(['2026-11-23T06:00', '2026-11-24T06:00']);
    expect(at('daily', '2026-11-24T17:59:59Z')).toEqual(['2026-11-23T06:00', '2026-11-24T06:00']);
    expect(at('daily', '2026-11-24T18:00:00Z')).toBeNull();
    expect(at('weekly', '2026-11-23T06:00:00Z')).toEqual(['2026-11-16T06:00', '2026-11-23T06:00']);
    expect(at('weekly', '2026-11-23T05:59:59Z')).toBeNull();
    expect(at('weekly', '2026-11-24T06:00:00Z')).toBeNull();
  });
});
