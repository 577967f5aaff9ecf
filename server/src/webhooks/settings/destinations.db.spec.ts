import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { LONG } from '../../../test/long.js';
import type { Answer, Received } from '../../../test/receiver.js';
import { exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Records } from '../../events/records/records.js';
import { Erasure } from '../engine/housekeeping/erasure.js';
import { created, PATHS, TOOLS, toolWebhooks } from '../../../test/tool-webhooks.js';

/* Webhooks of Slack and the like, against stand-ins that answer as the tools document it. */

const { stand, receiver, api, agency, add, publish, settled } = toolWebhooks();

describe.each(TOOLS)('a webhook of kind %s', (kind) => {
  it('has no secret, and of its address only the host and the end are shown', async () => {
    const { status, body } = await add(kind);
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        kind,
        secret: null,
        secret_last4: PATHS[kind].slice(-4),
        style: { names: 'initials', link: true, group: 'each', quiet: null },
        conditions: null,
      },
    });
    const { origin } = new URL(receiver.url);
    expect(body.url).toBe(`${origin}/…${PATHS[kind].slice(-4)}`);
    expect(JSON.stringify((await agency.ask('get', '/webhooks')).body)).not.toContain('abcdWXYZ');
    const rotated = await agency.ask('post', `/webhooks/${body.id}/secret`, {});
    expect([rotated.status, rotated.body.code]).toEqual([409, 'kind_has_no_secret']);
  });

  it('gets a message that people can read, unsigned', async () => {
    const { body: webhook } = await add(kind, { style: { names: 'full' } });
    await publish();
    const delivery = await settled(webhook.id);
    expect(delivery).toMatchObject({ status: 'delivered' });
    const lists = ['/deliveries', '/deliveries.csv', `/deliveries/${delivery.id}`, `/events/${delivery.event_id}`];
    for (const list of [...lists, `/webhooks/${webhook.id}`]) {
      const { text } = await agency.ask('get', list).buffer(true);
      expect([list, text.includes('/…'), text.includes('abcdWXYZ')]).toEqual([list, true, false]);
    }
    const [{ headers, body, path }] = receiver.requests as [(typeof receiver.requests)[0]];
    expect(path).toBe(PATHS[kind]);
    expect(body).toContain('Maria Santos');
    expect(body).toContain('https://bpoc.example/recruiter/api/deliveries/');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Object.keys(headers).filter((name) => name.includes('webhook') || name.includes('signature'))).toEqual([]);
  });

  it('can be tested', async () => {
    const { body: webhook } = await add(kind);
    const { body: result } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {}, 'member');
    expect(result).toMatchObject({ status: 'delivered' });
    expect(receiver.requests[0]!.body).toContain('This is a test from BPOC');
  });
});

describe('a message to a tool of an event without names', () => {
  it('has those that are known, in the style of the webhook; the log shows the same until it is erased', async () => {
    const { body: webhook } = await add('slack', { events: ['offer.sent'] });
    const bus = api.app.get(DomainEvents);
    await publish();
    // What is stored meanwhile is for the next round.
    await eventually(async () => {
      await api.app.get(Records).tick();
      expect(await api.sql('select from records where agency_id = $1', [agency.id])).toHaveLength(3);
    });
    const { candidateId, applicationId } = exampleData(created);
    const data = { offerId: 'o', candidateId, applicationId, sentAt: '2026-01-22T10:30:00.000Z' };
    await bus.publish({ type: 'offer.sent', agencyId: agency.id, data });
    const { id } = await settled(webhook.id);
    const [{ body }] = receiver.requests as [(typeof receiver.requests)[0]];
    expect(body).toContain('M. S.');
    expect(body).toContain('Customer Service Representative');
    expect(body).not.toContain('Santos');
    const several = await agency.ask('get', `/webhooks/${webhook.id}/preview?grouped=true`);
    expect(several.body.body).toContain('M. S.');
    await api.sql(`update records set label = 'Maria Reyes' where agency_id = $1`, [agency.id]);
    const shown = async () => (await agency.ask('get', `/deliveries/${id}/content`)).body.body as string | null;
    expect(await shown()).toBe(body);
    await agency.ask('post', `/deliveries/${id}/resend`);
    await eventually(() => expect(receiver.requests).toHaveLength(2));
    expect(receiver.requests[1]!.body).toBe(body);
    const names = () => api.sql('select names from message_names where agency_id = $1', [agency.id]);
    expect(await names()).toHaveLength(1);
    const actor = { kind: 'service', id: 'x', name: 'x', agencyId: null, role: null, agencyIds: null } as const;
    const reference = { agencyId: agency.id, kind: 'candidate', value: String(candidateId) } as const;
    await api.app.get(Erasure).erase(reference, { ...actor, scopes: ['erase'] });
    expect([await names(), await shown()]).toEqual([[], null]);
  });
});

describe('the content of an endpoint', () => {
  const endpoint = (content: unknown) =>
    agency.ask('post', '/webhooks', { url: `${receiver.url}/bpoc`, events: ['application.*'], content });
  const shown = async (id: string) => (await agency.ask('get', `/deliveries/${id}/content`)).body.body as string;

  it('is what is signed and sent, and what the log shows, also after it was changed', async () => {
    const { body: webhook } = await endpoint('ids');
    expect(webhook.content).toBe('ids');
    await publish();
    const { id } = await settled(webhook.id);
    const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
    const { data } = JSON.parse(body) as { data: object };
    expect(Object.keys(data)).toEqual(['applicationId', 'jobId', 'candidateId']);
    const hmac = createHmac('sha256', webhook.secret as string)
      .update(body)
      .digest('hex');
    expect(headers['x-webhook-signature']).toBe(`sha256=${hmac}`);
    expect(await shown(id)).toBe(body);
    const changed = await agency.ask('patch', `/webhooks/${webhook.id}`, { content: { fields: ['jobTitle'] } });
    expect(changed.body.content).toEqual({ fields: ['jobTitle'] });
    expect(await shown(id)).toBe(body);
    const preview = await agency.ask('get', `/webhooks/${webhook.id}/preview?event=application.created`);
    expect(JSON.parse(preview.body.body).data).toEqual({ jobTitle: 'Customer Service Representative' });
    const { body: test } = await agency.ask('post', `/webhooks/${webhook.id}/test`, { event: created.type });
    expect(test.body).toBe(receiver.requests[1]!.body);
    expect(JSON.parse(test.body).data).toEqual({ jobTitle: 'Customer Service Representative' });
    await agency.ask('patch', `/webhooks/${webhook.id}`, { content: 'full' });
    await publish();
    await eventually(() => expect(receiver.requests).toHaveLength(3));
    expect(JSON.parse(receiver.requests[2]!.body).data).toEqual(exampleData(created));
  });

  it.each([
    ['all', 'content'],
    [{ fields: [] }, 'content'],
    [{ fields: ['jobTitle'], more: 1 }, 'content'],
    [{ fields: ['jobTitle', 'offerId'] }, 'content.fields.1'],
  ])('refuses %j', async (content, field) => {
    const { status, body } = await endpoint(content);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
    const tool = await add('slack', { content: 'ids' });
    expect([tool.status, tool.body.errors?.[0].code]).toEqual([400, 'not_for_this_kind']);
  });
});

describe('an answer of a tool', () => {
  it('that says that the target is gone switches the webhook off, with that reason', async () => {
    stand.answer = () => ({ status: 404, body: 'no_service' });
    const { body: webhook } = await add('slack');
    await publish();
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', reason: 'target_gone' });
    const { body } = await agency.ask('get', `/webhooks/${webhook.id}`);
    expect(body).toMatchObject({ is_active: false, off_reason: 'target_gone' });
  });

  it('that refuses the message is final and leaves the webhook on', async () => {
    stand.answer = () => ({ status: 400, body: 'invalid_payload' });
    const { body: webhook } = await add('slack');
    await publish();
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', reason: 'message_refused', attempts: 1 });
    expect((await agency.ask('get', `/webhooks/${webhook.id}`)).body.is_active).toBe(true);
  });

  it('that the message is too large gets a shorter one at once; refusing that too is final', async () => {
    const requests = () => receiver.requests.map(({ body }) => JSON.parse(body).text as string);
    stand.answer = () => ({ status: receiver.requests.length === 1 ? 413 : 200 });
    const { body: webhook } = await add('slack', { style: { names: 'full' } });
    const long = { ...exampleData(created), candidateName: 'Maria '.repeat(40), jobTitle: 'Nurse '.repeat(40) };
    const send = () => api.app.get(DomainEvents).publish({ type: created.type, agencyId: agency.id, data: long });
    await send();
    const { id } = await settled(webhook.id);
    const { body } = await agency.ask('get', `/deliveries/${id}`);
    expect(body).toMatchObject({ status: 'delivered', timeline: [{ reason: 'too_large' }, { reason: 'ok' }] });
    expect(requests()[1]!.length).toBeLessThan(requests()[0]!.length * 0.7);
    const content = await agency.ask('get', `/deliveries/${id}/content`, null, 'member');
    expect(JSON.parse(content.body.body).text).toBe(requests()[1]);
    stand.answer = () => ({ status: 413 });
    await send();
    await eventually(async () => expect((await settled(webhook.id)).reason).toBe('message_refused'));
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', attempts: 2 });
  });
});

describe('what the script of a sheet says is behind its redirect', () => {
  const ECHO = '/macros/echo?user_content_key=k';
  /** Of Google: the script has run, and says elsewhere what came of it. */
  const says = (output: Answer) => {
    stand.answer = ({ path }) =>
      path === ECHO ? output : { status: 302, headers: { location: `${receiver.url}${ECHO}`, 'set-cookie': 'a=b' } };
  };
  const attemptOf = async (id: string) =>
    (await agency.ask('get', `/deliveries/${id}/content`, null, 'member')).body.attempts[0];

  it('and decides: fetched once, by GET, with nothing of the message; the log shows it', async () => {
    const { body: webhook } = await add('google_sheets');
    says({ body: '{"ok":true}' });
    await publish();
    const { id, status } = await settled(webhook.id);
    expect(status).toBe('delivered');
    expect(await attemptOf(id)).toMatchObject({ response_body: '{"ok":true}' });
    const [posted, fetched, ...others] = receiver.requests as [Received, Received];
    expect([posted.method, fetched.method, fetched.path, fetched.body]).toEqual(['POST', 'GET', ECHO, '']);
    expect(Object.keys(fetched.headers).toSorted()).toEqual(['accept-encoding', 'connection', 'host', 'user-agent']);
    expect(others).toEqual([]);
  });

  it.each([
    ['{"ok":false,"error":"wrong_key"}', 'wrong_key'],
    ['wrong key', 'wrong_key'],
    ['{"ok":false,"error":"TypeError: x"}', 'script_error'],
  ])('%s is a failure that is tried again, for tests too', async (body, reason) => {
    const { body: webhook } = await add('google_sheets');
    says({ body });
    const { body: test } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {}, 'member');
    expect(test).toMatchObject({ status: 'failed', attempt: { reason, response_status: 200 }, answer_excerpt: body });
    await publish();
    await eventually(async () => {
      const [delivery] = (await agency.ask('get', `/deliveries?webhook_id=${webhook.id}&response=2xx`)).body.data;
      expect(delivery).toMatchObject({ status: 'retrying', reason, response_status: 200 });
    });
  });

  it.each([
    [{ status: 404 }, 'bad_answer'],
    [{ status: 302, headers: { location: 'https://accounts.google.com/' } }, 'bad_answer'],
    ...(LONG ? [[{ after: new Promise<never>(() => undefined) }, 'timeout'] as const] : []),
  ])('and if it cannot be read, %j, the message is sent again', async (output, reason) => {
    const { body: webhook } = await add('google_sheets');
    says(output);
    const { body: test } = await agency.ask('post', `/webhooks/${webhook.id}/test`, {}, 'member');
    expect(test).toMatchObject({ status: 'failed', attempt: { reason } });
    expect(test.attempt.detail).toMatch(/^We could not read what the script said\./);
    expect((await agency.ask('get', `/webhooks/${webhook.id}`)).body.is_active).toBe(true);
  });
});

describe('what a tool cannot have is refused', () => {
  const errorsOf = async (asked: object) => {
    const { status, body } = await agency.ask('post', '/webhooks', { events: ['*'], ...asked });
    expect(status).toBe(400);
    return (body.errors as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`);
  };

  it.each([
    [{ kind: 'slack', url: 'https://hooks.example.com/x' }, 'url wrong_tool'],
    [{ kind: 'teams', url: 'https://x.webhook.office.com/webhookb2/a' }, 'url retired'],
    [{ url: 'https://hooks.slack.com/services/T/B/x' }, 'url other_kind'],
    [{ url: 'https://hooks.example.com/x', style: { names: 'full' } }, 'style not_for_this_kind'],
    [
      { kind: 'slack', url: 'https://hooks.slack.com/services/T/B/x', headers: { a: 'b' } },
      'headers not_for_this_kind',
    ],
  ])('%j', async (asked, problem) => {
    expect(await errorsOf(asked)).toContain(problem);
  });

  it('a kind cannot be changed', async () => {
    const { body: webhook } = await add('slack');
    const { status, body } = await agency.ask('patch', `/webhooks/${webhook.id}`, { kind: 'teams' });
    expect([status, body.errors[0].field]).toEqual([400, 'kind']);
  });

  it('an address of another tool cannot replace it', async () => {
    const { body: webhook } = await add('slack');
    const url = 'https://chat.googleapis.com/v1/spaces/A/messages?key=k';
    const { status, body } = await agency.ask('patch', `/webhooks/${webhook.id}`, { url });
    expect([status, body.errors[0].code]).toEqual([400, 'wrong_tool']);
  });

  it('a style keeps what a change does not name', async () => {
    const { body: webhook } = await add('slack', { style: { names: 'none' } });
    const { body } = await agency.ask('patch', `/webhooks/${webhook.id}`, { style: { link: false } });
    expect(body.style).toEqual({ names: 'none', link: false, group: 'each', quiet: null });
  });
});
