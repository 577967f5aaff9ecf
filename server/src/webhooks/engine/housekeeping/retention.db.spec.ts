import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { testAppPerFile, type TestApp } from '../../../../test/app.js';
import { startDarkProxy } from '../../../../test/dark-proxy.js';
import { insertDelivery } from '../../../../test/insert-delivery.js';
import { uuidv7 } from '../../../lib/ids.js';
import { ENV, type Env } from '../../../config/env.js';
import { DATABASE, type DatabaseSettings } from '../../../database/database-settings.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { Retention } from './retention.js';

const DAY_MS = 86_400_000;

const test = testAppPerFile({ ROLE: 'api' });
let agencyId: string;
let webhookId: string;
beforeAll(async () => {
  agencyId = await test.addAgency();
  ({ id: webhookId } = await test.addWebhook(agencyId, 'https://hooks.example.org/in'));
  // A call joins a running round, and the start begins one: unless that has ended, it may miss rows of the first test.
  await round();
});

const round = () => test.app.get(Retention).run();
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
const count = async (table: string, where = 'true', values: unknown[] = []) =>
  (await test.sql<{ count: number }>(`select count(*)::int as count from ${table} where ${where}`, values))[0]!.count;

describe('a round of retention', () => {
  it('deletes expired sessions only', async () => {
    const userId = randomUUID();
    await test.sql(`insert into users (id, agency_id, email, role) values ($1, $2, 'a@x.example', 'owner')`, [
      userId,
      agencyId,
    ]);
    for (const expires of [ago(1), ago(-1)])
      await test.sql('insert into sessions (token_hash, agency_id, user_id, expires_at) values ($1, $2, $3, $4)', [
        Buffer.from(randomUUID()),
        agencyId,
        userId,
        expires,
      ]);
    await round();
    expect(await count('sessions')).toBe(1);
    expect(await count('sessions', 'expires_at > now()')).toBe(1);
  });

  it('keeps the hourly counts of 31 days and deletes those of more than 35', async () => {
    for (const days of [0, 31, 36, 400])
      await test.sql(
        `insert into webhook_hours (webhook_id, agency_id, hour, delivered)
         values ($1, $2, date_trunc('hour', $3::timestamptz), 1)`,
        [webhookId, agencyId, ago(days)],
      );
    await round();
    expect(await count('webhook_hours')).toBe(2);
    expect(await count('webhook_hours', 'hour > $1', [ago(32)])).toBe(2);
  });

  it('deletes a secret whose overlap ended, without a new version; one that still signs stays', async () => {
    const secrets = async (
      until: Date,
    ): Promise<{ has: boolean; last4: boolean; switched: boolean; version: number }> => {
      const { id } = await test.addWebhook(agencyId, 'https://hooks.example.org/rotated');
      await test.sql(
        `update webhooks
         set previous_secret = secret, previous_secret_last4 = 'abcd', previous_secret_until = $2,
           secret_switched = false
         where id = $1`,
        [id, until],
      );
      await round();
      const [row] = await test.sql<{ has: boolean; last4: boolean; switched: boolean; version: number }>(
        `select previous_secret is not null as has, previous_secret_last4 is not null as last4,
           secret_switched as switched, version
         from webhooks where id = $1`,
        [id],
      );
      return row!;
    };
    expect(await secrets(ago(0.1))).toEqual({ has: false, last4: false, switched: true, version: 1 });
    expect(await secrets(ago(-0.1))).toEqual({ has: true, last4: true, switched: false, version: 1 });
  });

  it('deletes recovery plans after two days and finished recoveries with the log, but no running ones', async () => {
    const insert = async (state: string, days: number) => {
      const id = uuidv7();
      await test.sql(
        `insert into recoveries (id, agency_id, state, created_by, created_at, delivery_ids)
         values ($1, $2, $3, 'test', $4, '{}')`,
        [id, agencyId, state, ago(days)],
      );
      return id;
    };
    const kept = [await insert('planned', 1.9), await insert('done', 2), await insert('running', 40)];
    await insert('planned', 2.1);
    await insert('done', 31);
    await round();
    const left = await test.sql<{ id: string }>('select id from recoveries');
    expect(left.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
  });

  it('deletes events that were not accepted after 30 days', async () => {
    for (const days of [29, 31])
      await test.sql(
        `insert into rejected_events
           (id, origin, subject, body, published_at, rejected_at, code, reason, errors, texts)
         values ($1, $2, 'bpoc.events.x', '', $3, $3, 'x', 'x', '[]', '{}')`,
        [uuidv7(), String(days), ago(days)],
      );
    await round();
    expect(await test.sql('select origin from rejected_events')).toEqual([{ origin: '29' }]);
  });

  it('deletes keys of creations after 7 days, however many there are', async () => {
    await test.sql(
      `insert into idempotency_keys (agency_id, operation, key, hash, result, created_at)
       select $1, 'create', n::text, 'x', 'y', case when n <= 12000 then now() - interval '8 days' else now() end
       from generate_series(1, 12010) n`,
      [agencyId],
    );
    await round();
    expect(await count('idempotency_keys')).toBe(10);
  });

  it('deletes keys of publishers after 14 days, however many there are', async () => {
    const insert = (count: number, days: number) =>
      test.sql(
        `insert into publish_keys (key, agency_id, hash, event_id, deliveries, skipped)
         select gen_random_uuid(), $1, 'x', $2, 1, 0 from generate_series(1, $3::int)`,
        [agencyId, uuidv7(ago(days).getTime()), count],
      );
    await insert(12_000, 15);
    await insert(10, 13);
    await round();
    expect(await count('publish_keys')).toBe(10);
  });

  it('deletes versions that were replaced before the retention, or whose webhook was deleted then', async () => {
    const insert = (id: string, version: number, days: number) =>
      test.sql(
        `insert into webhook_versions (webhook_id, version, agency_id, kind, url, header_names, created_at)
         values ($1, $2, $3, 'endpoint', '', '{}', $4)`,
        [id, version, agencyId, ago(days)],
      );
    const { id: changed } = await test.addWebhook(agencyId, 'https://hooks.example.org/in');
    const { id: deleted } = await test.addWebhook(agencyId, 'https://hooks.example.org/in');
    await test.sql('update webhooks set deleted_at = $2 where id = $1', [deleted, ago(40)]);
    // Requests were made with the second until ten days ago.
    for (const [version, days] of [
      [1, 400],
      [2, 40],
      [3, 10],
    ] as const)
      await insert(changed, version, days);
    await insert(deleted, 1, 60);
    await round();
    const left = await test.sql('select webhook_id as id, version from webhook_versions order by version');
    expect(left).toEqual([
      { id: changed, version: 2 },
      { id: changed, version: 3 },
    ]);
  });
});

it('deletes recipients of webhooks deleted before the retention, and their answers unless they said no', async () => {
  const [live, deleted] = [webhookId, (await test.addWebhook(agencyId, 'https://hooks.example.org/in')).id];
  await test.sql('update webhooks set deleted_at = $2 where id = $1', [deleted, ago(40)]);
  for (const [webhook, email, state, questions] of [
    [live, 'kept', 'agreed', 1],
    [deleted, 'gone', 'agreed', 1],
    [deleted, 'no', 'declined', 1],
    [deleted, 'often', 'waiting', 3],
  ] as const) {
    await test.sql(
      `insert into webhook_recipients (id, agency_id, webhook_id, email, state) values ($1, $2, $3, $4, 'waiting')`,
      [uuidv7(), agencyId, webhook, email],
    );
    await test.sql(
      `insert into mail_consents (agency_id, email, state, asked_at, questions) values ($1, $2, $3, $4, $5)`,
      [agencyId, email, state, ago(60), questions],
    );
  }
  await round();
  expect(await test.sql('select email from webhook_recipients')).toEqual([{ email: 'kept' }]);
  const answers = await test.sql<{ email: string }>('select email from mail_consents order by email');
  expect(answers.map(({ email }) => email)).toEqual(['kept', 'no', 'often']);
});

describe('rows of the default partitions', () => {
  const inDefault = () => count('webhook_deliveries', `tableoid = 'webhook_deliveries_default'::regclass`);
  const insert = async (idAt: Date, writtenAt: Date, state = 'failed'): Promise<void> => {
    const sql: TestApp['sql'] = (text, values) => test.sql(text, values);
    const { id, eventId } = await insertDelivery(sql, { agencyId, webhookId, at: idAt.getTime(), state });
    await sql('update webhook_deliveries set finished_at = $2 where id = $1', [id, writtenAt]);
    await sql('update webhook_events set accepted_at = $2 where id = $1', [eventId, writtenAt]);
    await sql(
      `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
       values ($1, 1, $2, $3, $4, 'failed', 'down')`,
      [id, agencyId, webhookId, writtenAt],
    );
  };
  const rows = async () => [
    await count('webhook_events'),
    await count('webhook_deliveries'),
    await count('webhook_attempts'),
  ];

  it('are deleted after the retention, whatever the day of their id, but not while pending', async () => {
    // Clocks years behind, and years ahead.
    for (const idAt of [ago(2000), ago(-2000)]) await insert(idAt, ago(40));
    expect(await inDefault()).toBe(2);
    expect(await rows()).toEqual([2, 2, 2]);
    await round();
    expect(await rows()).toEqual([0, 0, 0]);

    await insert(ago(2000), ago(40), 'retrying');
    await insert(ago(2000), ago(20));
    await insert(ago(0), ago(40));
    await round();
    expect(await rows()).toEqual([3, 3, 3]);
  });
});

describe('a database that no longer answers', () => {
  /** Retention whose owner connection goes through the proxy. */
  const retentionThrough = (url: string) =>
    new Retention(test.app.get(ServiceDatabase), test.app.get<Env>(ENV), { url, directUrl: url, poolSize: 1 });

  it.each([
    ['while it connects', 'bpoc_retention'],
    ['in the middle of a round', 'pg_advisory_lock'],
  ])('%s does not keep the process from ending', async (_when, word) => {
    const { directUrl } = test.app.get<DatabaseSettings>(DATABASE);
    const proxy = await startDarkProxy(directUrl, word);
    const retention = retentionThrough(proxy.through(directUrl));
    const running = retention.run();
    await proxy.dark;
    await retention.beforeApplicationShutdown();
    // The round has ended too, so nothing keeps the process alive.
    await running;
    proxy.close();
  });
});
