import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { LONG } from '../../../test/long.js';
import { type Answer, type Received, startReceiver } from '../../../test/receiver.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { Records } from '../../events/records/records.js';
import { OutdatedConditions } from '../alerts/outdated-conditions.js';
import { Erasure } from '../engine/housekeeping/erasure.js';

/* Webhooks of Slack and the like, against stand-ins that answer as the tools document it. */

type Tool = 'slack' | 'teams' | 'google_chat' | 'google_sheets';
const PATHS: Record<Tool, string> = {
  slack: '/services/T0/B0/abcdWXYZ',
  teams: '/workflows/a/triggers/manual/paths/invoke?sig=abcdWXYZ',
  google_chat: '/v1/spaces/A/messages?key=k&token=abcdWXYZ',
  google_sheets: '/macros/s/abcdWXYZ/exec',
};
const TOOLS = Object.keys(PATHS) as Tool[];

let api: ApiApp;
let agency: Agency;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let answer: (request: Received) => Answer;

beforeAll(async () => {
  receiver = await startReceiver((request) => answer(request));
  const { host } = new URL(receiver.url);
  api = await startApiApp({
    DESTINATION_HOSTS: TOOLS.map((tool) => `${tool}=${host}`).join(','),
    PUBLIC_URL: 'https://bpoc.example',
    // A script has half of a lease.
    ATTEMPT_TIMEOUT_MS: '2000',
    LEASE_MS: '6000',
  });
});
afterAll(async () => {
  await api?.close();
  await receiver?.close();
});
beforeEach(async () => {
  answer = () => ({});
  receiver.requests.length = 0;
  agency = await api.addAgency();
});

const created = EVENT_DEFINITIONS.find(({ type }) => type === 'application.created')!;
const add = (kind: Tool, more: object = {}) =>
  agency.ask('post', '/webhooks', { kind, url: `${receiver.url}${PATHS[kind]}`, events: ['*'], ...more });
const publish = () =>
  api.app.get(DomainEvents).publish({ type: created.type, agencyId: agency.id, data: exampleData(created) });
const settled = async (webhookId: string) => {
  const read = async () => (await agency.ask('get', `/deliveries?webhook_id=${webhookId}`)).body.data;
  await eventually(async () => expect((await read())[0]?.status).toMatch(/delivered|failed/));
  return (await read())[0];
};

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
    answer = () => ({ status: 404, body: 'no_service' });
    const { body: webhook } = await add('slack');
    await publish();
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', reason: 'target_gone' });
    const { body } = await agency.ask('get', `/webhooks/${webhook.id}`);
    expect(body).toMatchObject({ is_active: false, off_reason: 'target_gone' });
  });

  it('that refuses the message is final and leaves the webhook on', async () => {
    answer = () => ({ status: 400, body: 'invalid_payload' });
    const { body: webhook } = await add('slack');
    await publish();
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', reason: 'message_refused', attempts: 1 });
    expect((await agency.ask('get', `/webhooks/${webhook.id}`)).body.is_active).toBe(true);
  });

  it('that the message is too large gets a shorter one at once; refusing that too is final', async () => {
    const requests = () => receiver.requests.map(({ body }) => JSON.parse(body).text as string);
    answer = () => ({ status: receiver.requests.length === 1 ? 413 : 200 });
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
    answer = () => ({ status: 413 });
    await send();
    await eventually(async () => expect((await settled(webhook.id)).reason).toBe('message_refused'));
    expect(await settled(webhook.id)).toMatchObject({ status: 'failed', attempts: 2 });
  });
});

describe('what the script of a sheet says is behind its redirect', () => {
  const ECHO = '/macros/echo?user_content_key=k';
  /** Of Google: the script has run, and says elsewhere what came of it. */
  const says = (output: Answer) => {
    answer = ({ path }) =>
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

describe('conditions', () => {
  const WANTED = [
    { event: 'application.status_changed', all: [{ field: 'newStatus', op: 'changed_to', value: 'shortlisted' }] },
  ];

  it('are kept as sent, and null removes them', async () => {
    const asked = { url: 'https://hooks.example.com/x', events: ['application.*'], conditions: WANTED };
    const { body: webhook } = await agency.ask('post', '/webhooks', asked);
    expect(webhook.conditions).toEqual(WANTED);
    const { body } = await agency.ask('patch', `/webhooks/${webhook.id}`, { conditions: null });
    expect(body.conditions).toBeNull();
  });

  it.each([
    [[{ event: 'offer.sent', all: [{ field: 'offerId', op: 'present' }] }], 'conditions.0.event'],
    [[{ event: 'application.status_changed', all: [{ field: 'salary', op: 'present' }] }], 'conditions.0.all.0.field'],
    [[{ event: 'application.status_changed', all: [] }], 'conditions.0.all'],
    [
      [{ event: 'application.status_changed', all: [{ field: 'newStatus', op: 'is', value: {} }] }],
      'conditions.0.all.0.value',
    ],
    ['x', 'conditions'],
  ])('that cannot be are refused: %j', async (conditions, field) => {
    const asked = { url: 'https://hooks.example.com/x', events: ['application.*'], conditions };
    const { status, body } = await agency.ask('post', '/webhooks', asked);
    expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field });
  });

  it('must fit events that are changed later', async () => {
    const asked = { url: 'https://hooks.example.com/x', events: ['application.*'], conditions: WANTED };
    const { body: webhook } = await agency.ask('post', '/webhooks', asked);
    const { status, body } = await agency.ask('patch', `/webhooks/${webhook.id}`, { events: ['offer.*'] });
    expect([status, body.errors[0].code]).toEqual([400, 'not_subscribed']);
    const both = { events: ['offer.*'], conditions: null };
    const removed = await agency.ask('patch', `/webhooks/${webhook.id}`, both);
    expect([removed.status, removed.body.conditions]).toEqual([200, null]);
  });
});

describe('a condition on what a later catalogue lacks', () => {
  it('is found at the start: a problem of the webhook, and told once to whom its alerts go', async () => {
    const alertUrl = `${receiver.url}/alerts`;
    const { body: webhook } = await agency.ask('post', '/webhooks', { url: `${receiver.url}/hook`, events: ['*'] });
    await agency.ask('put', `/webhooks/${webhook.id}/alerts`, { emails: [], url: alertUrl });
    await api.sql('update webhooks set conditions = $2 where id = $1', [
      webhook.id,
      JSON.stringify([
        { event: 'application.status_changed', all: [{ field: 'salary', op: 'is', value: 'x' }] },
        { event: 'offer.withdrawn', all: [{ field: 'offerId', op: 'present' }] },
      ]),
    ]);
    const outdated = [
      { event: 'application.status_changed', field: 'salary' },
      { event: 'offer.withdrawn', field: null },
    ];
    const start = () => api.app.get(OutdatedConditions).check();
    await start();
    await start();
    const { body } = await agency.ask('get', `/webhooks/${webhook.id}`);
    expect(body.outdated_conditions).toEqual(outdated);
    const problems = await agency.ask('get', '/problems');
    expect(problems.body.data).toMatchObject([{ id: webhook.id }]);
    const alerts = await api.sql<{ facts: object }>('select facts from alerts where webhook_id = $1', [webhook.id]);
    expect(alerts).toMatchObject([{ facts: { conditions: outdated } }]);
    await eventually(() => {
      const told = receiver.requests.filter(({ path }) => path === '/alerts').map((one) => JSON.parse(one.body));
      expect(told).toMatchObject([{ event: 'webhook.conditions_outdated', data: { conditions: outdated } }]);
    });
  });
});

describe('a preview', () => {
  const STATUS = EVENT_DEFINITIONS.find(({ type }) => type === 'application.status_changed')!;
  const publishStatus = (newStatus: string) =>
    api.app.get(DomainEvents).publish({
      type: STATUS.type,
      agencyId: agency.id,
      data: { ...exampleData(STATUS), newStatus },
    });
  const conditions = [{ event: STATUS.type, all: [{ field: 'newStatus', op: 'is', value: 'hired' }] }];

  it('of conditions tells how many of the last events match, and why others do not', async () => {
    for (const status of ['hired', 'rejected', 'rejected']) await publishStatus(status);
    const { status, body } = await agency.ask('post', '/conditions/preview', { events: ['application.*'], conditions });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { count: 3, matches: 1, events: [{ failed: { field: 'newStatus', op: 'is' } }, {}, { matches: true }] },
    });
    const refused = await agency.ask('post', '/conditions/preview', { events: ['offer.*'], conditions });
    expect([refused.status, refused.body.errors[0].code]).toEqual([400, 'not_subscribed']);
  });

  it('of a message is that of the newest event that meets the conditions, else the example', async () => {
    const { body: webhook } = await add('slack', { conditions, style: { names: 'full' } });
    const preview = async (query = '') => (await agency.ask('get', `/webhooks/${webhook.id}/preview${query}`)).body;
    expect(await preview(`?event=${STATUS.type}`)).toMatchObject({ event: STATUS.type, event_id: null });
    const { id } = await publishStatus('hired');
    await publishStatus('rejected');
    const shown = await preview(`?event=${STATUS.type}`);
    expect(shown.event_id).toBe(id);
    expect(JSON.parse(shown.body).text).toContain('moved from applied to hired');
    const viewer = await agency.ask('get', `/webhooks/${webhook.id}/preview`, null, 'viewer');
    expect(viewer.status).toBe(403);
    const [entry] = await api.sql<{ details: object }>(
      `select details from audit_log where agency_id = $1 and action = 'webhook.previewed' order by id desc`,
      [agency.id],
    );
    expect(entry?.details).toEqual({ event: STATUS.type, event_id: id });
  });

  it('of several events in one message is that of the newest ones', async () => {
    const { body: webhook } = await add('slack', { conditions, style: { group: 'hourly' } });
    const preview = async (query = '') => (await agency.ask('get', `/webhooks/${webhook.id}/preview${query}`)).body;
    expect(await preview()).toMatchObject({ event_id: null, count: 3 });
    for (const status of ['hired', 'rejected', 'hired']) await publishStatus(status);
    const { id } = await publish();
    const shown = await preview();
    expect(shown).toMatchObject({ event: created.type, event_id: id, count: 3 });
    expect(JSON.parse(shown.body).text).toBe('3 applications for 1 job');
    expect(await preview('?grouped=false')).toMatchObject({ count: 1 });
    const { body: endpoint } = await agency.ask('post', '/webhooks', { url: receiver.url, events: ['*'] });
    const refused = await agency.ask('get', `/webhooks/${endpoint.id}/preview?grouped=true`);
    expect([refused.status, refused.body.errors?.[0].code]).toEqual([400, 'not_for_this_kind']);
  });
});

describe('an event that does not meet the conditions', () => {
  const STATUS = EVENT_DEFINITIONS.find(({ type }) => type === 'application.status_changed')!;
  const asked = {
    url: 'https://hooks.example.com/x',
    events: ['*'],
    conditions: [{ event: STATUS.type, all: [{ field: 'newStatus', op: 'is', value: 'hired' }] }],
  };
  const moved = (newStatus: string) => ({
    type: STATUS.type,
    agencyId: agency.id,
    data: { ...exampleData(STATUS), newStatus },
  });

  it('has no delivery, and says which comparison left it out; a change counts from then on', async () => {
    const { body: webhook } = await agency.ask('post', '/webhooks', asked);
    const events = api.app.get(DomainEvents);
    const [left, sent] = await events.publishAll([moved('rejected'), moved('hired')]);
    expect([left!.deliveries, sent!.deliveries]).toEqual([0, 1]);
    const why = { result: 'conditions', left_out_by: { field: 'newStatus', op: 'is', value: 'hired' }, delivery: null };
    const seenBy = async (role: 'viewer' | 'member') =>
      (await agency.ask('get', `/events/${left!.id}`, null, role)).body.recipients;
    expect(await seenBy('viewer')).toMatchObject([{ ...why, left_out_value: null }]);
    expect(await seenBy('member')).toMatchObject([{ ...why, left_out_value: 'rejected' }]);
    await agency.ask('patch', `/webhooks/${webhook.id}`, { conditions: null });
    expect(await events.publish(moved('rejected'))).toMatchObject({ deliveries: 1 });
    await leftOut(webhook.id, 1);
  });

  const leftOut = (id: string, count: number) =>
    eventually(async () => {
      const { body } = await agency.ask('get', `/webhooks/${id}`);
      expect([body.last_24h.left_out, body.series.hourly[23].left_out]).toEqual([count, count]);
    });

  it('is left out in the transaction of a caller too', async () => {
    const { body: webhook } = await agency.ask('post', '/webhooks', asked);
    const events = api.app.get(DomainEvents);
    const within = (status: string) =>
      api.app.get(TenantTransaction).run(agency.id, (manager) => events.publish(moved(status), { manager }));
    expect([(await within('rejected')).deliveries, (await within('hired')).deliveries]).toEqual([0, 1]);
    await leftOut(webhook.id, 1);
  });
});
