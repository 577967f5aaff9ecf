import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { agencyPerTest, apiPerFile, startApiApp } from '../../test/api-app.js';
import { eventually } from '../../test/eventually.js';
import { receiverPerFile } from '../../test/receiver.js';
import { DAY_MS } from '../lib/time.js';
import { DomainEvents } from '../events/domain-events.js';
import { uuidv7 } from '../lib/ids.js';

const receiver = receiverPerFile(({ path }) => ({ status: path === '/down' ? 503 : 200 }));
const api = apiPerFile({ METRICS_TOKEN: 'scrape-me' });
const agency = agencyPerTest(api);

const ask = (token?: string) => {
  const asked = request(api.app.getHttpServer()).get('/metrics');
  return token === undefined ? asked : asked.set('authorization', `Bearer ${token}`);
};
/** `name{label="value"} 1` as ["name{label=\"value\"}", 1]. */
const read = async (): Promise<Map<string, number>> => {
  const { status, text } = await ask('scrape-me');
  expect(status).toBe(200);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};
const publish = () =>
  api.app.get(DomainEvents).publish({
    type: 'offer.sent',
    agencyId: agency.id,
    data: { offerId: 'o-1', applicationId: 'a-1', candidateId: 'c-1', sentAt: '2026-01-22T10:30:00Z' },
  });

describe('/metrics', () => {
  it('requires the configured token', async () => {
    expect((await ask()).body).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect((await ask('scrape-m')).status).toBe(401);
    const { status, headers } = await ask('scrape-me');
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4/)]);
  });

  it('has every metric of the rules and of the dashboard', async () => {
    const { text } = await ask('scrape-me');
    const files = ['prometheus/rules.yml', 'grafana/dashboards/bpoc-webhooks.json'].map((file) =>
      readFileSync(new URL(`../../../docker/${file}`, import.meta.url), 'utf8'),
    );
    const named = files.join('\n').match(/\b(?:bpoc|process|nodejs)_[a-z0-9_]+/g)!;
    // Those of NATS are there where it is.
    const asked = [...new Set(named)].filter((name) => !/^bpoc_(?:nats|rejected|webhooks)/.test(name));
    expect(asked.length).toBeGreaterThan(12);
    const known = new Set(text.match(/^# TYPE \S+/gm)!.map((line) => line.split(' ')[2]));
    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
  });

  it('has histograms of first requests, of due until sent, answers and results stored, by outcome', async () => {
    for (const path of ['/up', '/down'])
      await agency.ask('post', '/webhooks', { url: `${receiver.url}${path}`, events: ['*'] });
    const before = await read();
    await publish();
    const grown = async (name: string) => ((await read()).get(name) ?? 0) - (before.get(name) ?? 0);
    for (const metric of ['first_request', 'due_to_sent', 'answer', 'settle'])
      for (const outcome of ['succeeded', 'failed'])
        await eventually(async () => {
          const labels = [`_count{outcome="${outcome}"}`, `_bucket{le="+Inf",outcome="${outcome}"}`];
          for (const label of labels) expect(await grown(`bpoc_${metric}_seconds${label}`)).toBeGreaterThanOrEqual(1);
          expect(await grown(`bpoc_${metric}_seconds_sum{outcome="${outcome}"}`)).toBeLessThan(10);
        });
    // A retry that is late by more than a minute.
    await api.sql(
      `update webhook_queue set due_at = now() - interval '100 seconds' where agency_id = $1 and token is null`,
      [agency.id],
    );
    await eventually(async () =>
      expect(await grown('bpoc_due_to_sent_seconds_sum{outcome="failed"}')).toBeGreaterThan(100),
    );
    expect(await grown('bpoc_due_to_sent_seconds_bucket{le="60",outcome="failed"}')).toBe(1);
    expect(await grown('bpoc_first_request_seconds_count{outcome="failed"}')).toBe(1);

    // An event of the past, for a webhook that is new.
    await api.sql(`update webhook_events set id = $2 where agency_id = $1`, [agency.id, uuidv7(Date.now() - DAY_MS)]);
    const { body: webhook } = await agency.ask('post', '/webhooks', { url: `${receiver.url}/up`, events: ['*'] });
    const past = { include_past: { webhook_id: webhook.id, days: 2 }, dry_run: true };
    const { plan_id } = (await agency.ask('post', '/recoveries', past)).body;
    await agency.ask('post', '/recoveries', { plan_id });
    await eventually(async () => expect(await grown('bpoc_settle_seconds_count{outcome="succeeded"}')).toBe(2));
    expect(await grown('bpoc_due_to_sent_seconds_count{outcome="succeeded"}')).toBe(2);
    expect(await grown('bpoc_first_request_seconds_count{outcome="succeeded"}')).toBe(1);
  });

  it('counts events, attempts by reason and deliveries by state', async () => {
    for (const path of ['/up', '/down']) {
      await agency.ask('post', '/webhooks', { url: `${receiver.url}${path}`, events: ['*'] });
    }
    const before = await read();
    await publish();
    await publish();
    const grown = async (name: string) => ((await read()).get(name) ?? 0) - (before.get(name) ?? 0);
    await eventually(async () => {
      expect(await grown('bpoc_attempts_total{reason="ok"}')).toBe(2);
      expect(await grown('bpoc_attempts_total{reason="down"}')).toBe(2);
    });
    expect(await grown('bpoc_deliveries_total{state="delivered"}')).toBe(2);
    expect(await grown('bpoc_deliveries_total{state="failed"}')).toBe(0);
    expect(await grown('bpoc_events_accepted_total')).toBe(2);
    expect(await grown('bpoc_statement_seconds_count{statement="intake"}')).toBeGreaterThan(0);
    expect(await grown('bpoc_statement_seconds_count{statement="settle"}')).toBeGreaterThan(0);
    const now = await read();
    expect(now.get('bpoc_requests_in_flight')).toBe(0);
    expect(now.get('bpoc_intake_buffered')).toBe(0);
    expect(now.get('bpoc_database_connections{pool="service",state="waiting"}')).toBe(0);
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']) {
      expect([name, now.get(name)! > 0]).toEqual([name, true]);
    }
  });

  it('contains no ids or addresses', async () => {
    await publish();
    const { text } = await ask('scrape-me');
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|localhost|127\.0\.0\.1/);
  });
});

describe('pending deliveries', () => {
  it('are counted by what they wait for, with the age of the oldest due one', async () => {
    // ROLE=api: no dispatcher takes the work. The first result is cached for 10 s.
    const other = await startApiApp({ ROLE: 'api' });
    try {
      const mine = await other.addAgency();
      const add = async () =>
        (await mine.ask('post', '/webhooks', { url: receiver.url, events: ['*'] })).body.id as string;
      const [on, paused, held, paced] = [await add(), await add(), await add(), await add()];
      const { status } = await mine.ask('patch', `/webhooks/${paced}`, { pace: { limit: 1, per: 'minute' } });
      expect(status).toBe(200);
      await other.sql(
        `insert into webhook_health (webhook_id, agency_id, paused_until, held_until)
         values ($2, $1, now() + interval '1 hour', null), ($3, $1, null, now() + interval '1 hour')`,
        [mine.id, paused, held],
      );
      await other.sql(
        `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, lease_until)
         select gen_random_uuid(), $1, id, gen_random_uuid(), 'offer.sent', now() + due, now() + lease
         from unnest($2::uuid[], $3::interval[], $4::interval[]) as t(id, due, lease)`,
        [
          mine.id,
          [on, on, on, on, paused, held, paced],
          ['-10 min', '-5 min', '-20 min', '1 hour', '-1 hour', '-2 hours', '-30 min'],
          [null, '-1 min', '1 min', null, null, null, null],
        ],
      );
      const { text } = await request(other.app.getHttpServer()).get('/metrics');
      const figure = (name: string) =>
        Number(
          text
            .split('\n')
            .find((line) => line.startsWith(name))
            ?.split(' ')
            .at(-1),
        );
      expect(
        ['under_way', 'due', 'planned', 'paused', 'held', 'paced'].map((state) =>
          figure(`bpoc_owed_deliveries{state="${state}"}`),
        ),
      ).toEqual([1, 2, 1, 1, 1, 1]);
      expect(Math.round(figure('bpoc_oldest_due_seconds') / 60)).toBe(10);
      const kept = (state: string) => Math.round(figure(`bpoc_oldest_kept_seconds{state="${state}"}`) / 60);
      expect(['paused', 'held', 'paced'].map(kept)).toEqual([60, 120, 30]);
    } finally {
      await other.close();
    }
  });
});
