import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type ApiApp, startApiApp } from '../../test/api-app.js';
import { eventually } from '../../test/eventually.js';
import { addPerson, type Person } from '../../test/person.js';
import { startSmtp, subjectOf, textOf } from '../../test/smtp.js';
import { ServiceDatabase } from '../database/service-database.js';
import { MailOutbox } from '../outbound/mail-outbox.js';
import { Outboxes } from './outboxes.js';

/* Invitations and forgotten passwords by email, through a real SMTP server. */

let api: ApiApp;
let smtp: Awaited<ReturnType<typeof startSmtp>>;

beforeAll(async () => {
  smtp = await startSmtp();
  api = await startApiApp({ SMTP_URL: smtp.url, DELAY_SCALE: '0.001' });
});
afterAll(async () => {
  await api?.close();
  await smtp?.close();
});

const WAITING = `select from pg_locks l join pg_database d on d.oid = l.database
  where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`;
const PASSWORD = 'a long enough password';
const NEW = 'three words and more';
const post = (path: string, body: object, ip = '192.0.2.1') =>
  request(api.app.getHttpServer()).post(`/api/auth/${path}`).set('x-forwarded-for', ip).send(body);
const forgot = (email: string) => post('forgot-password', { email });
const reset = (token: string, password = NEW) => post('reset-password', { token, password });
const signIn = (email: string, password: string) => post('login', { email, password });
const me = (cookie: string) => request(api.app.getHttpServer()).get('/api/me').set('cookie', cookie);
const mailsTo = (email: string) => smtp.mails.filter(({ to }) => to.includes(email));
const storedFor = (recipient: string) =>
  api.sql('select kind, agency_id, content, sent_at, given_up_at from mails where recipient = $1 order by id', [
    recipient,
  ]);
/** Without the soft line breaks and `=3D` of quoted-printable. */
const tokensIn = (mail: (typeof smtp.mails)[number]) => [
  ...new Set(textOf(mail).match(/bpoc_(rst|inv)_[0-9a-f]{32}_[\w-]{43}/g)),
];
/** The mails of a recipient, once there are so many and nothing is pending. */
const arrived = (email: string, count: number) =>
  eventually(async () => {
    await api.app.get(Outboxes).tick();
    expect(mailsTo(email)).toHaveLength(count);
    expect((await storedFor(email)).filter((row) => !row['sent_at'] && !row['given_up_at'])).toEqual([]);
    return mailsTo(email);
  });
const addMember = async (): Promise<Person> => addPerson(api, (await api.addAgency()).id, 'member');

describe('a forgotten password', () => {
  it('is replaced by a link that works once and signs out every browser', async () => {
    const { id, email, cookie } = await addMember();
    // As one does before giving up, which must not keep the person out afterwards.
    for (let n = 0; n < 10; n++) await signIn(email, 'a wrong one');
    expect((await signIn(email, PASSWORD)).status).toBe(429);
    const asked = await forgot(email.toUpperCase());
    expect([asked.status, asked.text]).toEqual([202, '']);
    const [mail] = await arrived(email, 1);
    expect(subjectOf(mail!)).toBe('Choose a new password for BPOC');
    const [token, ...others] = tokensIn(mail!);
    expect(others).toEqual([]);
    expect((await reset(token!, 'short')).body.errors).toMatchObject([{ field: 'password' }]);
    expect((await reset(token!)).status).toBe(204);
    expect((await me(cookie)).status).toBe(401);
    expect((await signIn(email, PASSWORD)).status).toBe(401);
    expect((await signIn(email, NEW)).status).toBe(200);
    expect((await reset(token!)).body).toMatchObject({ code: 'invalid_credentials' });
    expect((await arrived(email, 2)).map(subjectOf)).toContain('Your BPOC password was changed');
    const audit = await api.sql<{ action: string }>(
      `select action, actor_kind from audit_log where $1 in (actor_id, target_id) and action not like '%signed_in'
       order by id`,
      [id],
    );
    expect(audit).toEqual([
      { action: 'user.password_reset_sent', actor_kind: 'system' },
      { action: 'user.reset_password', actor_kind: 'user' },
    ]);
  });

  it('is asked for alike by everyone, and nothing is looked up before the answer', async () => {
    const { email } = await addMember();
    const [known, unknown] = [await forgot(email), await forgot(`stranger-${email}`)];
    const shown = ({ status, text, headers }: request.Response) => [status, text, Object.keys(headers).toSorted()];
    expect(shown(known)).toEqual(shown(unknown));
    await arrived(email, 1);
    await arrived(`stranger-${email}`, 0);
    // The same row for both: whose address it is was not known yet.
    expect(await storedFor(email)).toMatchObject([{ kind: 'password_reset', agency_id: null, content: null }]);
    expect(await storedFor(`stranger-${email}`)).toMatchObject([{ kind: 'password_reset', agency_id: null }]);
  });

  it('sends no more than 3 mails an hour to one address, without saying so', async () => {
    const { email } = await addMember();
    for (let n = 0; n < 5; n++) expect((await forgot(email)).status).toBe(202);
    await arrived(email, 3);
    const refused = await forgot(email);
    expect(refused.body).toMatchObject({ code: 'too_many_requests' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(14 * 60);
  });

  it('is not sent a fourth time by a request at the same moment', async () => {
    const mail = { agencyId: null, kind: 'password_reset', recipient: 'hasty@agency.example', content: null } as const;
    const outbox = api.app.get(MailOutbox);
    const database = api.app.get(ServiceDatabase);
    const fourth = await database.transaction(async (manager) => {
      for (let n = 0; n < 3; n++) expect(await outbox.add(manager, mail)).toBe(true);
      const other = database.transaction((manager) => outbox.add(manager, mail));
      const waits = eventually(async () => expect(await api.sql(WAITING)).toHaveLength(1));
      await Promise.race([other, waits]);
      return { other };
    });
    expect(await fourth.other).toBe(false);
  });

  it('ends with an hour, with the use of another link and with a change of the password', async () => {
    const { id, email } = await addMember();
    await forgot(email);
    await forgot(email);
    const [first, second] = (await arrived(email, 2)).flatMap(tokensIn);
    await api.sql(`update password_resets set expires_at = now() where hash = sha256(convert_to($1, 'UTF8'))`, [first]);
    expect((await reset(first!)).status).toBe(401);
    const twice = await Promise.all([reset(second!), reset(second!)]);
    expect(twice.map(({ status }) => status).toSorted()).toEqual([204, 401]);
    expect(await api.sql('select from password_resets where user_id = $1', [id])).toEqual([]);
    for (const wrong of [second!.replace(/.$/, 'x'), second!.replace('rst', 'inv'), 'x'])
      expect((await reset(wrong)).body.code).toBe('invalid_credentials');
  });

  it('has a link for each agency that knows the address', async () => {
    const [one, other] = [await addMember(), await addMember()];
    await api.sql('update users set email = $2 where id = $1', [other.id, one.email]);
    await forgot(one.email);
    const tokens = tokensIn((await arrived(one.email, 1))[0]!);
    expect(tokens).toHaveLength(2);
    expect((await reset(tokens[1]!)).status).toBe(204);
    expect((await signIn(one.email, NEW)).body.id).toBe(other.id);
    expect((await signIn(one.email, PASSWORD)).body.id).toBe(one.id);
  });
});

describe('an invitation', () => {
  it('goes by mail, encrypted until then, at most 5 times an hour to one person', async () => {
    const agency = await api.addAgency();
    const email = `nils-${agency.id}@agency.example`;
    const invite = () => agency.ask('post', '/members', { email, role: 'viewer' }, 'owner');
    const { body } = await invite();
    expect(body.mailed).toBe(true);
    const token = body.invite_url.split('#')[1];
    const [stored] = await api.sql<{ content: Buffer | null }>('select content from mails where recipient = $1', [
      email,
    ]);
    expect(String(stored!.content)).not.toContain(token);
    const [mail] = await arrived(email, 1);
    expect(tokensIn(mail!)).toEqual([token]);
    expect(subjectOf(mail!)).toBe(`owner invites you to Agency ${agency.id} on BPOC`);
    expect(await storedFor(email)).toMatchObject([{ content: null }]);
    expect((await post('invite', { token, password: PASSWORD })).body).toMatchObject({ email, role: 'viewer' });
    const more = [];
    for (let n = 0; n < 5; n++) more.push((await invite()).body.mailed as boolean);
    expect(more).toEqual([true, true, true, true, false]);
    await arrived(email, 5);
  });

  it('goes by mail at most 50 times a day from one agency', async () => {
    const agency = await api.addAgency();
    await api.sql(
      `insert into mails (id, agency_id, kind, recipient, given_up_at, created_at)
       select gen_random_uuid(), $1::uuid, 'invite', n || '@' || $1, now(), now() - interval '23 hours'
       from generate_series(1, 49) n`,
      [agency.id],
    );
    const answers = await Promise.all(
      [1, 2, 3].map((n) =>
        agency.ask('post', '/members', { email: `new-${n}-${agency.id}@agency.example`, role: 'viewer' }, 'owner'),
      ),
    );
    expect(answers.map(({ body }) => body.mailed as boolean).toSorted()).toEqual([false, false, true]);
    expect(answers.every(({ body }) => /#bpoc_inv_/.test(body.invite_url))).toBe(true);
  });

  it('holds no link but its own, whatever people and agencies are called', async () => {
    const agency = await api.addAgency();
    const { id, cookie, email } = await addPerson(api, agency.id, 'owner');
    await api.sql('update users set name = $2 where id = $1', [
      id,
      `Win at https://evil.example/now ${'x'.repeat(200)}`,
    ]);
    await api.sql('update agencies set name = $2 where id = $1', [agency.id, 'www.evil.example']);
    const invited = await request(api.app.getHttpServer())
      .post('/api/recruiter/members')
      .set('cookie', cookie)
      .send({ email: `guest-${email}`, role: 'viewer' });
    expect(invited.body.mailed).toBe(true);
    const [mail] = await arrived(`guest-${email}`, 1);
    expect(textOf(mail!)).not.toMatch(/evil\.example|https:\/\/evil|x{130}/);
  });

  it('that has expired is not revived by a forgotten password; an open one is', async () => {
    const agency = await api.addAgency();
    const email = `late-${agency.id}@agency.example`;
    const { body } = await agency.ask('post', '/members', { email, role: 'viewer' }, 'owner');
    await forgot(email);
    await arrived(email, 2);
    await api.sql('update users set invite_expires_at = now() where id = $1', [body.id]);
    await forgot(email);
    await arrived(email, 2);
  });

  it('is taken by one replica, and by another if that one dies, whose late result changes nothing', async () => {
    const { id } = await api.addAgency();
    const outbox = api.app.get(MailOutbox);
    const mine = async () => (await outbox.claim()).filter(({ recipient }) => recipient.endsWith(id));
    await api.sql(
      `insert into mails (id, agency_id, kind, recipient)
       select gen_random_uuid(), $1::uuid, 'invite', n || '@' || $1 from generate_series(1, 60) n`,
      [id],
    );
    const taken = (await Promise.all([mine(), mine(), mine()])).flat();
    expect(taken.length).toBeGreaterThan(19);
    expect(new Set(taken.map((mail) => mail.id)).size).toBe(taken.length);
    const [first] = taken;
    await api.sql('update mails set lease_until = now() where id = $1', [first!.id]);
    await eventually(async () => {
      await mine();
      const [row] = await api.sql<{ attempts: number }>('select attempts from mails where id = $1', [first!.id]);
      expect(row!.attempts).toBeGreaterThan(1);
    });
    await outbox.settle(first!, 'never');
    expect(await api.sql('select from mails where id = $1 and given_up_at is null', [first!.id])).toHaveLength(1);
    await api.sql('delete from mails where agency_id = $1', [id]);
  });
});
