import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jetstreamManager, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createNatsPublisher } from 'bpoc-webhooks/nats';
import { outbox, outboxSql } from 'bpoc-webhooks/outbox';
import pg from 'pg';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { LONG } from '../support/long.js';
import { Program } from '../support/program.js';
import { describeWith } from '../support/requirements.js';
import { copyOf } from '../support/shared-database.js';
import { startServer, type TestServer } from '../support/server.js';

/* The relay and the publisher of the package over a real NATS JetStream. */

const PLACES = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'];
const NATS = PLACES.find((path) => existsSync(path)) ?? null;
const [USER, PASSWORD] = ['bpoc', 's/cret:1'];
const COMMAND = 'node_modules/bpoc-webhooks/dist/esm/cli/main.js';

let server: TestServer;
let client: pg.Client;
let folder: string;
let nats: Program;
let port: string;
let connection: NatsConnection;
let streams: JetStreamManager;

async function startNats(on: string): Promise<void> {
  const login = ['--user', USER, '--pass', PASSWORD];
  nats = new Program(NATS!, ['-a', '127.0.0.1', '-p', on, '-js', '-sd', folder, ...login]);
  port = await eventually(() => {
    if (!nats.output.includes('Server is ready')) throw new Error(nats.output);
    return /client connections on 127\.0\.0\.1:(\d+)/.exec(nats.output)![1]!;
  });
}

const natsUrl = () => `nats://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
const natsServer = () => ({ servers: `127.0.0.1:${port}`, user: USER, pass: PASSWORD });

const offer = (offerId: string) => ({
  offerId,
  applicationId: 'a',
  candidateId: 'c',
  sentAt: '2026-01-22T10:30:00Z',
  agencyId: server.demo.agencyId,
});

const relay = (...options: string[]): Program =>
  new Program(process.execPath, [COMMAND, 'relay', '--transport', 'nats', ...options], {
    DATABASE_URL: copyOf(server.dataDir)!.superuserUrl,
    NATS_URL: natsUrl(),
  });

interface Message {
  subject: string;
  messageId: string;
  body: { id: string; type: string; data: { offerId: string } };
}

/** All messages in the stream. */
async function messages(): Promise<Message[]> {
  const { state } = await streams.streams.info('BPOC_EVENTS');
  const all: Message[] = [];
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const message = (await streams.streams.getMessage('BPOC_EVENTS', { seq }))!;
    const { subject, header } = message;
    all.push({ subject, messageId: header.get('Nats-Msg-Id'), body: message.json<Message['body']>() });
  }
  return all;
}

const stored = async (): Promise<number> => (await streams.streams.info('BPOC_EVENTS')).state.messages;

describeWith('nats', NATS, 'an outbox over NATS', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bpoc-nats-'));
    await startNats('-1');
    connection = await connect({ ...natsServer(), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    streams = await jetstreamManager(connection);
    const stream = { name: 'BPOC_EVENTS', subjects: ['bpoc.events.>'], storage: StorageType.File };
    await streams.streams.add(stream);
    server = await startServer({ env: { NATS_URL: natsUrl() } });
    client = new pg.Client(copyOf(server.dataDir)!.superuserUrl);
    await client.connect();
    await client.query(outboxSql());
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
    await client?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  if (LONG) {
    it('the relay publishes each event once, with its id, although it and NATS are killed', async () => {
      const EVENTS = 400;
      const ids: string[] = [];
      for (let n = 0; n < EVENTS; n++) {
        await client.query('begin');
        ids.push((await outbox.webhookOfferSent(offer(`o-${n}`), client)).id);
        await client.query('commit');
      }
      await client.query(`insert into bpoc_outbox (id, event) values ('by-hand', 'not an event')`);
      const first = relay('--batch', '7');
      // In the middle of its work, however short.
      await eventually(async () => expect(await stored()).toBeGreaterThan(20), { everyMs: 10 });
      await first.stop();
      const second = relay('--batch', '7');
      const before = await stored();
      await eventually(async () => expect(await stored()).toBeGreaterThan(before), { everyMs: 10 });
      await nats.stop();
      await eventually(() => expect(second.output).toContain('NATS did not store it'));
      await startNats(port);
      const left = async () => (await client.query('select id, reason from bpoc_outbox')).rows as unknown[];
      await eventually(
        async () => expect(await left()).toEqual([{ id: 'by-hand', reason: 'the row is not an event' }]),
        {
          timeoutMs: 30_000,
        },
      );
      second.kill();
      expect(await second.exited).toMatchObject({ code: 0 });
      const all = await messages();
      expect(all.map(({ messageId }) => messageId).toSorted()).toEqual(ids.toSorted());
      expect(all.every(({ messageId, body }) => body.id === messageId)).toBe(true);
      expect(new Set(all.map(({ subject }) => subject))).toEqual(new Set(['bpoc.events.offer.sent']));
    });
  }

  it('a publisher resolves when the stream has the event, and names what is wrong', async () => {
    const publisher = createNatsPublisher(natsServer());
    const { id } = await publisher.webhookOfferSent(offer('direct'));
    expect((await messages()).at(-1)).toMatchObject({ messageId: id, body: { data: { offerId: 'direct' } } });
    const wrong = publisher.webhookOfferSent({ ...offer('wrong'), sentAt: 'today' });
    await expect(wrong).rejects.toMatchObject({ code: 'validation_failed', errors: [{ field: 'data.sentAt' }] });
    await publisher.close();
  });

  it('events from the relay are once in the log of a server that takes events from NATS', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `through-${n}`);
    for (const id of ids) {
      await client.query('begin');
      await outbox.webhookOfferSent(offer(id), client);
      await client.query('commit');
    }
    const one = relay();
    const logged = () =>
      withDatabase(server.dataDir, async (log) => {
        const { rows } = await log.query<{ id: string }>(
          `select substring(body from '"offerId":"(through-[0-9]+)"') as id from webhook_events
           where body like '%through-%'`,
        );
        return rows.map(({ id }) => id).toSorted();
      });
    await eventually(async () => expect(await logged()).toEqual(ids.toSorted()), { timeoutMs: 20_000 });
    await one.stop();
  });
});
