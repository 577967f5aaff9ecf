import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Agency, type ApiApp, startApiApp } from '../../../test/api-app.js';
import { eventually } from '../../../test/eventually.js';
import { type FakeDns, startFakeDns } from '../../../test/fake-dns.js';
import { DomainEvents } from '../../events/domain-events.js';

/* Every address of the corpus on every input path, and every private DNS answer on every outbound path. */

interface Corpus {
  badUrls: string[];
  goodUrls: string[];
  badIps: string[];
}

const corpus = JSON.parse(readFileSync(new URL('../../outbound/ssrf-corpus.json', import.meta.url), 'utf8')) as Corpus;
/** Those that DNS can answer. */
const PRIVATE_IPS = corpus.badIps.filter((ip) => isIP(ip) !== 0);
const PUBLIC = 'https://hooks.example.org/in';

let api: ApiApp;
let dns: FakeDns;
let agency: Agency;
/** Names and their addresses; other names are unknown. */
const addresses = new Map<string, string>();

beforeAll(async () => {
  dns = await startFakeDns((name, type) => {
    const ip = addresses.get(name);
    return ip !== undefined && ip.includes(':') === (type === 'AAAA') ? [ip] : ip === undefined ? 'not_found' : [];
  });
  api = await startApiApp({ ALLOWED_PRIVATE_CIDRS: '', DNS_SERVERS: dns.address, DELAY_SCALE: '0.000001' });
  agency = await api.addAgency();
});
afterAll(async () => {
  await api?.close();
  await dns?.close();
});

const create = (url: string) => agency.ask('post', '/webhooks', { url, events: ['*'] });
const remove = (id: string) => agency.ask('delete', `/webhooks/${id}`);

describe('a refused address', () => {
  it('cannot be saved with a new webhook or a changed one', async () => {
    const { body: webhook } = await create(PUBLIC);
    for (const url of corpus.badUrls) {
      for (const response of [await create(url), await agency.ask('patch', `/webhooks/${webhook.id}`, { url })]) {
        const { status, body } = response;
        expect({ url, status, body }).toMatchObject({ url, status: 400, body: { code: 'validation_failed' } });
        expect((body.errors as { field: string }[]).map(({ field }) => field)).toEqual(['url']);
      }
    }
    const { body: list } = await agency.ask('get', '/webhooks');
    expect(list.data).toMatchObject([{ id: webhook.id, url: PUBLIC }]);
    await remove(webhook.id);
  });

  it('is none of the valid ones', async () => {
    for (const url of corpus.goodUrls) {
      const { status, body } = await create(url);
      expect({ url, status }).toEqual({ url, status: 201 });
      const changed = await agency.ask('patch', `/webhooks/${body.id}`, { url });
      expect({ url, status: changed.status }).toEqual({ url, status: 200 });
      await remove(body.id);
    }
  });
});

describe('a name that resolves to a private network after it was saved', () => {
  const statesOf = async () =>
    await api.sql<{ state: string; reason: string; attempts: number; count: number }>(
      `select state, last_reason as reason, attempts, count(*)::int as count from webhook_deliveries
       where not test and agency_id = $1 group by 1, 2, 3 order by 1, 2, 3`,
      [agency.id],
    );

  it('gets no delivery on any retry, no test, no resend and no recovery, for any private address', async () => {
    const ids: string[] = [];
    for (const [n, ip] of PRIVATE_IPS.entries()) {
      const { body } = await create(`https://n${n}.example.org/in`);
      ids.push(body.id as string);
      addresses.set(`n${n}.example.org`, ip);
    }
    const count = ids.length;
    const data = { offerId: 'o-1', applicationId: 'a-1', candidateId: 'c-1', sentAt: '2026-01-22T10:30:00Z' };
    await api.app.get(DomainEvents).publish({ type: 'offer.sent', agencyId: agency.id, data });
    const refused = (attempts: number, many: number) => ({
      state: 'failed',
      reason: 'blocked_address',
      attempts,
      count: many,
    });
    await eventually(async () => expect(await statesOf()).toEqual([refused(4, count)]), 30_000);

    for (const [n, id] of ids.entries()) {
      const { body } = await agency.ask('post', `/webhooks/${id}/test`, {}, 'member');
      expect({ ip: PRIVATE_IPS[n], reason: body.attempt?.reason, status: body.attempt?.response_status }).toEqual({
        ip: PRIVATE_IPS[n],
        reason: 'blocked_address',
        status: null,
      });
      expect(JSON.stringify(body)).not.toContain(`"${PRIVATE_IPS[n]}"`);
    }

    const { body: page } = await agency.ask('get', `/deliveries?limit=1&webhook_id=${ids[0]}`);
    await agency.ask('post', `/deliveries/${page.data[0].id}/resend`, {}, 'member').expect(202);
    await eventually(async () => expect(await statesOf()).toEqual([refused(4, count - 1), refused(8, 1)]));

    const filter = { status: ['failed'] };
    const { body: plan } = await agency.ask('post', '/recoveries', { filter, dry_run: true });
    expect(plan).toMatchObject({ count });
    await agency.ask('post', '/recoveries', { plan_id: plan.plan_id }).expect(202);
    await eventually(async () => expect(await statesOf()).toEqual([refused(8, count - 1), refused(12, 1)]), 30_000);
  });
});
