import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { deliveryLog } from '../../../test/delivery-log.js';
import type { InsertedDelivery } from '../../../test/insert-delivery.js';

const HOUR_MS = 3_600_000;

const log = deliveryLog();

const sorted = (ids: (string | undefined)[]): string[] => ids.map(String).toSorted((a, b) => (a < b ? -1 : 1));

const list = async (query = ''): Promise<string[]> => {
  const { status, body } = await log.agency.ask('get', `/deliveries?${query}`, null, 'viewer');
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: InsertedDelivery) => id);
};

describe('the delivery log', () => {
  it('shows each delivery with its webhook, subject and outcome', async () => {
    const { id, eventId } = await log.insert({ at: Date.parse(new Date().toISOString()) });
    const { body } = await log.agency.ask('get', '/deliveries', null, 'viewer');
    expect(body).toEqual({
      data: [
        {
          id,
          webhook: {
            id: log.webhookId,
            kind: 'endpoint',
            url: 'https://hooks.payroll.example/',
            description: 'Payroll sync',
            is_active: true,
            deleted: false,
          },
          event_id: eventId,
          event: 'offer.sent',
          test: false,
          about: null,
          subject: { kind: 'offer', id: 'offer-1' },
          status: 'delivered',
          attempts: 1,
          response_status: 200,
          reason: 'ok',
          duration_ms: null,
          delivered_in: null,
          next_attempt_at: null,
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          finished_at: null,
        },
      ],
      next_cursor: null,
    });
  });

  it('pages over days without duplicates or gaps while new deliveries arrive', async () => {
    const inserted: string[] = [];
    for (let n = 0; n < 25; n++) inserted.push((await log.insert({ at: Date.now() - n * 2 * HOUR_MS })).id);
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null; page++) {
      const { body } = await log.agency.ask('get', `/deliveries?limit=7${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map(({ id }: InsertedDelivery) => id));
      cursor = body.next_cursor;
      await log.insert({ at: Date.now() + 1000 });
      expect(page).toBeLessThan(4);
    }
    expect(seen).toEqual(inserted);
  });

  it('pages through rare rows', async () => {
    const rare: string[] = [];
    for (let n = 0; n < 13; n++) {
      const at = Date.now() - n * 9 * HOUR_MS;
      rare.push((await log.insert({ at, event: 'placement.created' })).id);
      await log.insert({ at: at + 1 });
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const asked = `event=placement.created&limit=4${cursor && `&cursor=${cursor}`}`;
      const { body } = await log.agency.ask('get', `/deliveries?${asked}`);
      seen.push(...body.data.map(({ id }: InsertedDelivery) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(rare);
  });

  it('returns 50 by default and at most 100', async () => {
    expect((await log.agency.ask('get', '/deliveries?limit=101')).status).toBe(400);
    for (let n = 0; n < 51; n++) await log.insert();
    expect(await list()).toHaveLength(50);
    expect(await list('limit=100')).toHaveLength(51);
  });

  it('is filtered by state', async () => {
    const made: Record<string, string> = {};
    for (const state of ['waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled']) {
      made[state] = (await log.insert({ state })).id;
    }
    for (const [state, id] of Object.entries(made)) expect(await list(`status=${state}`)).toEqual([id]);
    const pending = sorted([made['retrying'], made['waiting']]);
    expect(sorted(await list('status=waiting,retrying'))).toEqual(pending);
    expect(sorted(await list('status=waiting&status=retrying'))).toEqual(pending);
    expect(await list('status=failed,waiting')).toHaveLength(2);
  });

  it('is filtered by webhook, a deleted one too', async () => {
    const other = await log.addWebhook();
    const { id } = await log.insert({ webhookId: other });
    const { id: waiting } = await log.insert({ webhookId: other, state: 'waiting' });
    await log.insert();
    await log.insert({ state: 'waiting' });
    expect(sorted(await list(`webhook_id=${other}`))).toEqual(sorted([id, waiting]));
    expect(await list(`webhook_id=${other}&status=waiting`)).toEqual([waiting]);
    await log.agency.ask('delete', `/webhooks/${other}`);
    expect(await list(`webhook_id=${other}&status=delivered`)).toEqual([id]);
    expect(await list(`webhook_id=${randomUUID()}`)).toEqual([]);
  });

  it('is filtered by event, exactly and by group', async () => {
    const { id: sent } = await log.insert({ event: 'offer.sent' });
    const { id: accepted } = await log.insert({ event: 'offer.accepted' });
    const { id: recording } = await log.insert({ event: 'video.recording.ready' });
    expect(await list('event=offer.sent')).toEqual([sent]);
    expect(sorted(await list('event=offer.*'))).toEqual(sorted([sent, accepted]));
    expect(await list('event=video.*')).toEqual([recording]);
    expect(await list('event=*')).toHaveLength(3);
    expect(await list('event=interview.*')).toEqual([]);
  });

  it('is filtered by answer', async () => {
    const made: Record<string, string> = {};
    made[204] = (await log.insert({ status: 204 })).id;
    for (const status of [301, 404, 500, 503]) made[status] = (await log.insert({ state: 'failed', status })).id;
    const { id: timeout } = await log.insert({ state: 'failed', status: null });
    await log.insert({ state: 'waiting' });
    expect(await list('response=2xx')).toEqual([made[204]]);
    expect(await list('response=3xx')).toEqual([made[301]]);
    expect(await list('response=4xx')).toEqual([made[404]]);
    expect(sorted(await list('response=5xx'))).toEqual(sorted([made[500], made[503]]));
    expect(await list('response=503')).toEqual([made[503]]);
    expect(await list('response=none')).toEqual([timeout]);
    expect(await list('response=204&status=failed')).toEqual([]);
    // Delivered, then resent and refused: the last answer counts.
    const { id: again } = await log.insert({ status: 503, reason: 'down' });
    expect(sorted(await list('response=503'))).toEqual(sorted([made[503], again]));
    expect(await list('response=503&status=delivered')).toEqual([again]);
    const { body } = await log.agency.ask('get', '/deliveries/counts?response=5xx', null, 'viewer');
    expect(body).toMatchObject({ total: { count: 3 }, failed: { count: 2 }, delivered: { count: 1 } });
  });

  it('is filtered by reason, alone and with a state', async () => {
    const { id: timeout } = await log.insert({ state: 'failed', reason: 'timeout' });
    const { id: again } = await log.insert({ state: 'retrying', reason: 'timeout' });
    await log.insert({ state: 'failed', reason: 'down' });
    await log.insert({ state: 'waiting' });
    expect(sorted(await list('reason=timeout'))).toEqual(sorted([timeout, again]));
    expect(await list('reason=timeout&status=failed')).toEqual([timeout]);
    expect(await list('reason=gone')).toEqual([]);
    const { body } = await log.agency.ask('get', '/deliveries/counts?reason=timeout', null, 'viewer');
    expect(body).toMatchObject({ total: { count: 2 }, failed: { count: 1 }, retrying: { count: 1 } });
  });

  it('is filtered by time, from inclusive and to exclusive', async () => {
    const noon = Date.UTC(2026, 0, 22, 12);
    const { id: before } = await log.insert({ at: noon - 1 });
    const { id: at } = await log.insert({ at: noon });
    const { id: after } = await log.insert({ at: noon + HOUR_MS });
    expect(await list('from=2026-01-22T12:00:00Z')).toEqual([after, at]);
    expect(await list('to=2026-01-22T12:00:00Z')).toEqual([before]);
    expect(await list('from=2026-01-22T12:00:00.000Z&to=2026-01-22T13:00:00Z')).toEqual([at]);
    expect(await list('from=2026-01-22&to=2026-01-23')).toEqual([after, at, before]);
    expect(await list('from=2026-01-22T13:00:00%2B01:00&to=2026-01-22T13:00:00Z')).toEqual([at]);
  });

  it('is filtered by reference, whatever its kind', async () => {
    const other = await log.addWebhook();
    const first = await log.insert({
      references: [
        ['candidate', 'C-1'],
        ['job', 'J-1'],
      ],
      at: Date.now() - 2 * HOUR_MS,
    });
    const both = await log.insert({ eventId: first.eventId, webhookId: other, state: 'failed' });
    const second = await log.insert({
      references: [
        ['application', 'C-1'],
        ['candidate', 'C-1'],
      ],
    });
    await log.insert({ references: [['candidate', 'C-2']] });
    const family = sorted([first.id, both.id]).toReversed();
    expect(await list('reference=C-1')).toEqual([second.id, ...family]);
    expect(await list('reference=candidate:C-1')).toEqual([second.id, ...family]);
    expect(await list('reference=application:C-1')).toEqual([second.id]);
    expect(await list('reference=C-1&status=failed')).toEqual([both.id]);
    expect(await list(`reference=C-1&webhook_id=${other}`)).toEqual([both.id]);
    expect(await list('reference=C-1&q=J-1')).toEqual(family);
    expect(await list('reference=C')).toEqual([]);
    const hourAgo = new Date(Date.now() - HOUR_MS).toISOString();
    expect(await list(`reference=C-1&from=${hourAgo}`)).toEqual([second.id]);
    expect(await list(`reference=C-1&to=${hourAgo}`)).toEqual(family);
  });

  it('pages through the deliveries of one reference', async () => {
    const other = await log.addWebhook();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { id, eventId } = await log.insert({ at: Date.now() - n * 9 * HOUR_MS, references: [['job', 'J-1']] });
      const { id: second } = await log.insert({ eventId, webhookId: other });
      ids.push(...sorted([id, second]).toReversed());
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await log.agency.ask('get', `/deliveries?reference=J-1&limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.map(({ id }: InsertedDelivery) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(ids);
  });

  it('is searched by id of delivery, event or record, and by words of events', async () => {
    const other = await log.addWebhook();
    const record = randomUUID();
    const one = await log.insert({ references: [['offer', record]] });
    const two = await log.insert({ eventId: one.eventId, webhookId: other });
    const hired = await log.insert({ event: 'placement.created' });
    const both = sorted([one.id, two.id]).toReversed();
    expect(await list(`q=${one.id}`)).toEqual([one.id]);
    expect(await list(`q=${one.id.toUpperCase()}`)).toEqual([one.id]);
    expect(await list(`q=${one.eventId}`)).toEqual(both);
    expect(await list(`q=${record}`)).toEqual(both);
    expect(await list(`q=${randomUUID()}`)).toEqual([]);
    expect(await list('q=placement')).toEqual([hired.id]);
    expect(await list('q=nothing like it')).toEqual([]);
  });

  it('holds what waits for its first attempt, before that has a row of the log', async () => {
    const { id, eventId } = await log.insert({ state: 'waiting', references: [['candidate', 'C-1']] });
    expect(await log.api.sql('select from webhook_deliveries where id = $1', [id])).toEqual([]);
    const [hour, webhook] = [new Date(Date.now() - HOUR_MS).toISOString(), `webhook_id=${log.webhookId}`];
    const matching = [
      '',
      'status=waiting',
      'status=failed,waiting',
      webhook,
      'event=offer.*',
      `event=offer.sent&${webhook}`,
    ];
    const searching = ['reference=C-1', 'reference=candidate:C-1', `q=${id}`, `q=${eventId}`, 'q=offer', 'test=any'];
    for (const query of [...matching, ...searching, `from=${hour}`]) {
      expect([query, await list(query)]).toEqual([query, [id]]);
      const { body } = await log.agency.ask('get', `/deliveries/counts?${query}`, null, 'viewer');
      expect([query, body.total.count, body.waiting.count]).toEqual([query, 1, 1]);
    }
    for (const query of ['status=delivered', 'test=true', 'response=none', 'reason=ok', 'reference=C-2', `to=${hour}`])
      expect([query, await list(query)]).toEqual([query, []]);
  });

  it('leaves out tests by default', async () => {
    const { id: real } = await log.insert({ at: Date.now() - 1000 });
    const { id: test } = await log.insert({ test: true });
    expect(await list()).toEqual([real]);
    expect(await list('test=false')).toEqual([real]);
    expect(await list('test=true')).toEqual([test]);
    expect(await list('test=any')).toEqual([test, real]);
  });

  it.each([
    ['status=done', 'status'],
    ['webhook_id=1', 'webhook_id'],
    ['event=Offer%25', 'event'],
    ['event=offer.sentt', 'event'],
    ['event=videos.*', 'event'],
    ['event=offer.sent&event=offer.accepted', 'event'],
    ['response=6xx', 'response'],
    ['response=1xx', 'response'],
    ['response=99', 'response'],
    ['response=600', 'response'],
    ['response=50', 'response'],
    ['reason=tired', 'reason'],
    ['reason=', 'reason'],
    ['reason=timeout&reason=down', 'reason'],
    ['from=yesterday', 'from'],
    ['from=2026-02-99', 'from'],
    ['from=2026-02-30', 'from'],
    ['to=2026-02-30T10:00:00Z', 'to'],
    ['to=2026-01-22T13:00Z', 'to'],
    ['to=2026-01-22T24:00:00Z', 'to'],
    ['to=2026-W05', 'to'],
    ['test=1', 'test'],
    ['limit=0', 'limit'],
    ['cursor=abc', 'cursor'],
    ['cursor=WyJhIl0', 'cursor'],
    ['q=a%00b', 'q'],
    ['reference=a%00b', 'reference'],
    ['state=failed', 'state'],
  ])('refuses ?%s, naming %s', async (query, field) => {
    const { status, body } = await log.agency.ask('get', `/deliveries?${query}`);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
    const counts = await log.agency.ask('get', `/deliveries/counts?${query}`);
    expect([counts.status, counts.body.code]).toEqual([400, 'validation_failed']);
  });

  it('shows an agency only its own deliveries, whatever the filter', async () => {
    const { id, eventId } = await log.insert({ state: 'waiting', references: [['candidate', 'C-1']] });
    const stranger = await log.api.addAgency();
    for (const query of [
      '',
      `q=${id}`,
      `q=${eventId}`,
      'reference=C-1',
      `webhook_id=${log.webhookId}`,
      'status=waiting',
    ]) {
      expect((await stranger.ask('get', `/deliveries?${query}`)).body.data).toEqual([]);
      expect((await stranger.ask('get', `/deliveries/counts?${query}`)).body.total.count).toBe(0);
    }
    for (const [method, path] of [
      ['get', ''],
      ['get', '/content'],
      ['post', '/resend'],
    ] as const) {
      expect((await stranger.ask(method, `/deliveries/${id}${path}`)).status).toBe(404);
      expect((await log.agency.ask(method, `/deliveries/nonsense${path}`)).status).toBe(404);
    }
  });
});
