import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { addPerson } from '../../../test/person.js';
import { subjectOf } from '../../../test/smtp.js';
import { mailWebhooks } from '../../../test/mail-webhooks.js';

/* Addresses outside the team: asked by mail before they get any. */

const { smtp, api, agency, team, publish, add, statesOf, settled, to, linkIn, visit } = mailWebhooks();

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
