import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { EVENT_DEFINITIONS, exampleData } from '../../events/catalogue/catalogue.js';
import { DomainEvents } from '../../events/domain-events.js';
import { OutdatedConditions } from '../alerts/outdated-conditions.js';
import { created, toolWebhooks } from '../../../test/tool-webhooks.js';

/* Which events a webhook gets, and previews of what it would get. */

const { receiver, api, agency, add, publish } = toolWebhooks();

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
