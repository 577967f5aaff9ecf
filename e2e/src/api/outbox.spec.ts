import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { outbox, outboxSql, Relay, type Transaction } from 'bpoc-webhooks/outbox';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { service } from '../support/client.js';
import { withConnection } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { emptyDatabase } from '../support/shared-database.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* The outbox of the package and its relay, against the real server and PostgreSQL. */

const COMMAND = 'node_modules/bpoc-webhooks/dist/esm/cli/main.js';

let server: SharedServer;
let database: string;
let drop: () => Promise<void>;
let client: pg.Client;

beforeAll(async () => {
  server = await sharedServer();
  ({ url: database, drop } = await emptyDatabase());
  client = new pg.Client(database);
  await client.connect();
  await client.query(outboxSql());
});
afterAll(async () => {
  await client?.end();
  await drop?.();
});
beforeEach(() => client.query('truncate bpoc_outbox'));

const offer = (offerId: string, agencyId = server.demo.agencyId) => ({
  offerId,
  applicationId: 'a',
  candidateId: 'c',
  sentAt: '2026-01-22T10:30:00Z',
  agencyId,
});

/** Runs the work in a transaction of pg. */
async function inTransaction(work: (tx: Transaction) => Promise<unknown>, end = 'commit'): Promise<void> {
  await client.query('begin');
  await work(client);
  await client.query(end);
}

async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const env = { DATABASE_URL: database, BPOC_WEBHOOKS_URL: server.url, BPOC_WEBHOOKS_TOKEN: server.demo.serviceToken };
  const program = new Program(process.execPath, [COMMAND, ...args], env);
  const { code } = await program.exited;
  return { code, output: program.output };
}

/** `relay --once` in this process: a run of the command costs a fifth of a second of CPU. */
async function drain(options: Partial<ConstructorParameters<typeof Relay>[0]> = {}): Promise<Relay> {
  const relay = new Relay({ database, url: server.url, token: server.demo.serviceToken, log: () => {}, ...options });
  await relay.drain();
  return relay;
}

interface Row {
  id: string;
  event: string;
  sent: boolean;
  reason: string | null;
}

const rows = async (): Promise<Row[]> =>
  (await client.query<Row>('select id, event, sent_at is not null as sent, reason from bpoc_outbox order by position'))
    .rows;

/** Offers in the server's log, with repetitions; no other spec has such ids. */
const offersAtServer = (prefix: string): Promise<string[]> =>
  withConnection(server.database, async (one) => {
    // Not as JSON, because PostgreSQL refuses some stored texts.
    const sql = `select value from (select substring(body from '"offerId":"([^"]*)"') as value from webhook_events) e
                 where starts_with(value, $1) order by value`;
    return (await one.query<{ value: string }>(sql, [prefix])).rows.map(({ value }) => value);
  });

describe('publishing into an outbox', () => {
  it('commits and rolls back with the transaction of pg', async () => {
    await inTransaction((tx) => outbox.webhookOfferSent(offer('kept'), tx));
    await inTransaction((tx) => outbox.webhookOfferSent(offer('dropped'), tx), 'rollback');
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    const event = JSON.parse(row!.event) as { id: string; occurredAt: string; data: object };
    expect(event).toMatchObject({ type: 'offer.sent', id: row!.id, data: { offerId: 'kept' } });
    // When it happened, not when a delayed relay sent it.
    expect(Math.abs(Date.now() - Date.parse(event.occurredAt))).toBeLessThan(60_000);
  });

  it('commits and rolls back with the transaction of TypeORM', async () => {
    const dataSource = await new DataSource({ type: 'postgres', url: database }).initialize();
    try {
      await dataSource.transaction((manager) => outbox.webhookOfferSent(offer('kept'), manager));
      const failed = dataSource.transaction(async (manager) => {
        await outbox.webhookOfferSent(offer('dropped'), manager);
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      for (const outside of [dataSource.manager, dataSource])
        await expect(outbox.webhookOfferSent(offer('alone'), outside)).rejects.toThrow('no open transaction');
    } finally {
      await dataSource.destroy();
    }
    expect((await rows()).map(({ event }) => event)).toEqual([expect.stringContaining('"kept"')]);
  });

  it('refuses a client without a transaction, and a pool', async () => {
    const pool = new pg.Pool({ connectionString: database });
    for (const outside of [client, pool])
      await expect(outbox.webhookOfferSent(offer('alone'), outside)).rejects.toThrow('no open transaction');
    await pool.end();
    expect(await rows()).toEqual([]);
  });

  it('needs only the right to insert', async () => {
    // A role that every PostgreSQL has.
    await client.query('grant insert on bpoc_outbox to pg_monitor');
    await inTransaction(async (tx) => {
      await tx.query('set local role pg_monitor');
      await outbox.webhookOfferSent(offer('kept'), tx);
    });
    expect(await rows()).toHaveLength(1);
  });

  it('names every wrong field before anything is written, and the transaction stays usable', async () => {
    await inTransaction(async (tx) => {
      const wrong = { ...offer('o'), sentAt: '2026-02-30T10:30:00Z', candidateId: '', agencyId: 'x', extra: 1 };
      const refused = outbox.webhookOfferSent(wrong, tx);
      await expect(refused).rejects.toMatchObject({
        code: 'validation_failed',
        errors: ['agencyId', 'data.candidateId', 'data.sentAt', 'data.extra'].map((field) =>
          expect.objectContaining({ field }),
        ),
      });
      await outbox.webhookOfferSent(offer('right'), tx);
    });
    expect(await rows()).toHaveLength(1);
  });
});

describe('the check of an event', () => {
  const TIMES = [
    '2026-01-22T10:30:00Z',
    '2026-01-22T10:30:00.123456+00:00',
    '2024-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
  ];
  const NO_TIMES = [
    '2026-02-29T00:00:00Z',
    '2026-01-22T24:00:00Z',
    '2026-01-22T10:30:00+01:00',
    '2026-01-22',
    '',
    1,
    null,
  ];
  const URLS = [
    'HTTPS://x.example/ä?q=[1]#x',
    'http://[::1]:80/',
    'http://münchen.example:8443',
    `http://x/${'a'.repeat(8000)}`,
  ];
  const NO_URLS = [
    'ftp://x.example',
    'http://',
    'http://x:99999/',
    'x.example',
    `http://x/${'a'.repeat(8200)}`,
    'http://a b/',
  ];
  const IDS = ['x', '😀'.repeat(128), ' ', 'a\u00a0b'];
  const NO_IDS = ['', 'a'.repeat(129), 'a\nb', 'a\u0000', 7, null, ['x']];
  const NUMBERS = [0, 9007199254740991];
  const NO_NUMBERS = [-1, 1.5, '7', 2 ** 53];
  const TEXTS = ['', 'a\u0001b', '\ud800'];

  const video = { recordingId: 'r', interviewId: 'i', applicationId: 'a', candidateId: 'c', durationSeconds: 1 };
  const recording = { ...video, recordingUrl: 'https://x.example' };
  const interview = { interviewId: 'i', applicationId: 'a', candidateId: 'c', interviewType: 't' };
  const cases = [
    ...[...TIMES, ...NO_TIMES].map((completedAt) => ({
      type: 'interview.completed',
      data: { ...interview, completedAt },
    })),
    ...[...URLS, ...NO_URLS].map((recordingUrl) => ({
      type: 'video.recording.ready',
      data: { ...recording, recordingUrl },
    })),
    ...[...NUMBERS, ...NO_NUMBERS].map((durationSeconds) => ({
      type: 'video.recording.ready',
      data: { ...recording, durationSeconds },
    })),
    ...[...IDS, ...NO_IDS].map((applicationId) => ({
      type: 'video.recording.ready',
      data: { ...recording, applicationId },
    })),
    ...[...TEXTS, 1, null].map((interviewType) => ({
      type: 'interview.completed',
      data: { ...interview, completedAt: TIMES[0], interviewType },
    })),
  ];

  it('accepts exactly what the server accepts', async () => {
    const tx = { query: async () => [] };
    const differences: unknown[] = [];
    let accepted = 0;
    for (const one of cases) {
      const event = { ...one, agencyId: server.demo.agencyId };
      const local = await outbox.publish(event as never, tx).then(
        () => 202,
        () => 400,
      );
      const { status } = await service(server).post('/api/internal/events').send(event);
      if (status !== local) differences.push({ event, local, status });
      if (status === 202) accepted += 1;
    }
    expect(differences).toEqual([]);
    expect([accepted, cases.length]).toEqual([17, 43]);
  });
});

describe('a relay', () => {
  it('sends the rest of a batch when some events are refused, and the refused ones again on request', async () => {
    const agencyId = randomUUID();
    await inTransaction(async (tx) => {
      for (let n = 10; n < 30; n++) await outbox.webhookOfferSent(offer(`mixed-${n}`), tx);
      await outbox.publish({ type: 'offer.sent', agencyId, data: dataOf('mixed-40'), id: 'unknown-agency' }, tx);
      const again = { type: 'offer.sent', agencyId: server.demo.agencyId, id: 'same-id' } as const;
      await outbox.publish({ ...again, data: dataOf('mixed-50') }, tx);
      await outbox.publish({ ...again, data: dataOf('mixed-51') }, tx);
      // As a person may have edited by hand; the outbox does not allow it.
      await client.query(`insert into bpoc_outbox (id, event) values ('by-hand', '{"type":')`);
    });
    expect(await run('relay', '--once')).toMatchObject({ code: 0, output: expect.stringContaining('sent 21 events') });
    expect((await rows()).map(({ id, reason }) => [id, reason])).toEqual([
      ['unknown-agency', expect.stringContaining('agencyId is not an agency')],
      ['same-id', expect.stringContaining('This id was already used')],
      ['by-hand', expect.stringMatching(/JSON/)],
    ]);
    expect(await offersAtServer('mixed-')).toHaveLength(21);
    expect((await run('outbox', 'status')).output).toContain('"waiting":0,"oldestSeconds":0,"rejected":3');

    await client.query(`delete from bpoc_outbox where id = 'by-hand'`);
    expect((await run('outbox', 'rejected')).output.trim().split('\n')).toHaveLength(2);
    const owner = { email: 'owner@new.example', name: 'Olive Owner' };
    await service(server).put(`/api/internal/agencies/${agencyId}`).send({ name: 'New', owner }).expect(201);
    const { output } = await run('relay', '--retry-rejected');
    expect(output).toContain('resends 2 refused events');
    expect(output).toContain('sent 1 events');
    expect((await rows()).map(({ id }) => id)).toEqual(['same-id']);
    expect(await offersAtServer('mixed-40')).toHaveLength(1);
  });

  it('sends the rest when the server fails on one event, which stays', async () => {
    await inTransaction(async (tx) => {
      for (const name of ['a', 'poison', 'b', 'c']) await outbox.webhookOfferSent(offer(`around-${name}`), tx);
    });
    const failing: typeof fetch = (url, init) =>
      (init!.body as string).includes('poison')
        ? Promise.resolve(new Response('{"code":"internal","detail":"A fault."}', { status: 500 }))
        : fetch(url, init);
    const relay = await drain({ fetch: failing });
    expect(relay.health()).toMatchObject({ sent: 3, waiting: 1, rejected: 0 });
    expect((await rows()).map(({ event }) => event)).toEqual([expect.stringContaining('around-poison')]);
    expect(await offersAtServer('around-')).toEqual(['around-a', 'around-b', 'around-c']);
    await drain();
    expect(await offersAtServer('around-')).toHaveLength(4);
  });

  it('sends an event twice if the answer was lost, and it is stored once', async () => {
    await inTransaction((tx) => outbox.webhookOfferSent(offer('twice-1'), tx));
    const before = await rows();
    await drain();
    await client.query('insert into bpoc_outbox (id, event) values ($1, $2)', [before[0]!.id, before[0]!.event]);
    await drain();
    expect(await rows()).toEqual([]);
    expect(await offersAtServer('twice-')).toEqual(['twice-1']);
  });

  it('keeps sent rows for the configured days', async () => {
    await inTransaction((tx) => outbox.webhookOfferSent(offer('old'), tx));
    await run('relay', '--once', '--keep-days', '3');
    await client.query(`update bpoc_outbox set sent_at = sent_at - interval '4 days'`);
    await inTransaction((tx) => outbox.webhookOfferSent(offer('new'), tx));
    await run('relay', '--once', '--keep-days', '3');
    expect((await rows()).map(({ event, sent }) => [JSON.parse(event).data.offerId, sent])).toEqual([['new', true]]);
  });

  it('is woken by a commit', async () => {
    const { serviceToken: token } = server.demo;
    const relay = new Relay({ database, url: server.url, token, pollMs: 3_600_000 });
    relay.start();
    await eventually(() => expect(relay.health()).toMatchObject({ ok: true }));
    await inTransaction((tx) => outbox.webhookOfferSent(offer('woken'), tx));
    await eventually(async () => expect(await offersAtServer('woken')).toHaveLength(1));
    await relay.stop();
  });

  it('reports its health, and ends on SIGTERM', async () => {
    const env = { BPOC_WEBHOOKS_URL: server.url, BPOC_WEBHOOKS_TOKEN: server.demo.serviceToken };
    const args = ['relay', '--database', database, '--port', '0'];
    const relay = new Program(process.execPath, [COMMAND, ...args], env);
    try {
      const url = await relay.listening();
      await eventually(async () => expect((await fetch(`${url}/health`)).status).toBe(200));
      await inTransaction((tx) => outbox.webhookOfferSent(offer('measured'), tx));
      const metrics = () => fetch(`${url}/metrics`).then((answer) => answer.text());
      await eventually(async () => expect(await metrics()).toContain('bpoc_outbox_relay_sent_total 1\n'));
      expect(await metrics()).toContain('# TYPE bpoc_outbox_oldest_seconds gauge\n');
      relay.kill();
      expect(await relay.exited).toMatchObject({ code: 0 });
    } finally {
      await relay.stop();
    }
  });

  it.each([
    ['there is no table', 'elsewhere', ''],
    ['the table has another version', 'old_outbox', 'create table old_outbox (id text)'],
  ])('says what to do when %s', async (_name, table, sql) => {
    await client.query(sql);
    const lines: string[] = [];
    const relay = new Relay({ database, table, url: server.url, token: 't', log: (line) => lines.push(line) });
    relay.start();
    await eventually(() => expect(lines.join()).toContain('npx bpoc-webhooks outbox sql'));
    expect(relay.health()).toMatchObject({ ok: false, problem: expect.stringContaining(table) });
    await relay.stop();
    // What is to end does not wait for a migration.
    const once = await run('relay', '--once', '--table', table);
    expect(once).toMatchObject({ code: 1, output: expect.stringContaining('npx bpoc-webhooks outbox sql') });
  });

  it('of the Nest module sends an event written outside a transaction of the caller', async () => {
    const program = `
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { BpocWebhooksModule, WebhookPublisher } from 'bpoc-webhooks/nest';
      class AppModule {}
      Module({ imports: [BpocWebhooksModule.forRoot({ outbox: { database: process.env.DATABASE_URL } })] })(AppModule);
      const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
      await app.get(WebhookPublisher).webhookOfferSent(${JSON.stringify(offer('nest-1'))});
      console.log('written');
      app.enableShutdownHooks();`;
    const env = {
      DATABASE_URL: database,
      BPOC_WEBHOOKS_URL: server.url,
      BPOC_WEBHOOKS_TOKEN: server.demo.serviceToken,
    };
    const app = new Program(process.execPath, ['--input-type=module', '-e', program], env);
    try {
      await eventually(async () => expect(await offersAtServer('nest-')).toEqual(['nest-1']));
      await eventually(() => expect(app.output).toBe('written\n'));
      app.kill();
      await app.exited;
    } finally {
      await app.stop();
    }
  });

  it('keeps trying with a refused token, and rejects no event for it', async () => {
    await inTransaction((tx) => outbox.webhookOfferSent(offer('patient'), tx));
    const relay = new Relay({ database, url: server.url, token: 'bpoc_svc_wrong', log: () => {} });
    relay.start();
    await eventually(() => expect(relay.health()).toMatchObject({ ok: false, waiting: 1, rejected: 0 }));
    expect(relay.health().oldestSeconds).toBeGreaterThan(0);
    await relay.stop();
    expect(await rows()).toMatchObject([{ reason: null }]);
  });
});

function dataOf(offerId: string) {
  const { agencyId: _agency, ...data } = offer(offerId);
  return data;
}
