import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addWebhook, bearer, deliveriesOf, deliveryDetail, recruiter } from '../support/client.js';
import { withConnection } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';
import { copyOf } from '../support/shared-database.js';
import { compareReceived, CRASH_WORDS, untilAllDelivered } from '../faults/oracle.js';
import { Publishers } from '../faults/publishers.js';

/*
 * Two neighbouring releases on one database (docs/operating.md, Upgrade). There is one release so far, so this build is
 * N-1, and the test does what a migration of N may do, under load: two more columns in every table, with prepared
 * statements and row types in use, and one more table.
 */

const PATHS = ['/ok', '/fails-once'];
const EVENTS_A_ROUND = 100;
const TABLES_SQL = `select oid::regclass::text as name from pg_class where relnamespace = 'public'::regnamespace
  and relkind in ('r', 'p') and not relispartition and relname <> 'migrations' order by 1`;
const NEW_TABLE_SQL = `create table later_things (id uuid primary key, agency_id uuid not null);
  select protect_table('later_things');
  insert into migrations (timestamp, name) values (9000000000000, 'Later9000000000000')`;

let old: TestServer;
let back: ServerProcess | undefined;
let receiver: Receiver;
let publishers: Publishers;
const urls: string[] = [];

beforeAll(async () => {
  [old, receiver] = await Promise.all([startServer(), startReceiver()]);
  urls.push(old.url);
  publishers = new Publishers({ server: old, urls: () => urls });
});
afterAll(async () => {
  await publishers?.stop();
  await back?.end();
  back?.forget();
  await old?.stop();
  await receiver?.close();
});

const isThrough = async (count: number) =>
  eventually(() => expect(publishers.accepted.length).toBeGreaterThanOrEqual(count));

/** As a migration of the next release would, while this one works. */
async function migrateToNext(): Promise<number> {
  return withConnection(copyOf(old.dataDir)!.url, async (client) => {
    await client.query(`set lock_timeout = '1s'`);
    const { rows: tables } = await client.query<{ name: string }>(TABLES_SQL);
    for (const { name } of tables) {
      const sql = `alter table ${name} add column later text, add column later_kind text not null default 'plain'`;
      await eventually(() => client.query(sql));
    }
    await client.query(NEW_TABLE_SQL);
    return tables.length;
  });
}

it('keeps publishing, delivering and showing on the schema of the next release, and starts on it', async () => {
  const webhooks = await Promise.all(PATHS.map((path) => addWebhook(old, { url: receiver.url(path) })));
  receiver.script(PATHS[1]!, ...Array.from({ length: 2 * EVENTS_A_ROUND }, (_, n) => (n % 2 === 0 ? 500 : 200)));
  publishers.publish(Infinity, { everyMs: 10 });
  await isThrough(EVENTS_A_ROUND);
  // Each statement was prepared before.
  await deliveryDetail(old, (await deliveriesOf(old, webhooks[0]!.id))[0]!.id);
  expect(await migrateToNext()).toBeGreaterThan(30);

  const migrated = publishers.accepted.length;
  await isThrough(migrated + EVENTS_A_ROUND);
  const [delivery] = await deliveriesOf(old, webhooks[0]!.id);
  expect((await deliveryDetail(old, delivery!.id)).event_id).toBe(delivery!.event_id);
  await recruiter(old).patch(`/api/recruiter/webhooks/${webhooks[0]!.id}`).send({ description: 'N-1' }).expect(200);
  const extra = await addWebhook(old, { url: receiver.url('/extra'), events: ['offer.sent'] });
  await recruiter(old).delete(`/api/recruiter/webhooks/${extra.id}`).expect(204);

  // Rolling back: a process of this release starts next to the others and stays when they end.
  back = new ServerProcess(old.dataDir, {});
  urls.push(await back.listening());
  expect(back.logs()).toContain('the database is of a newer release');
  await bearer(urls[1]!, null).get('/health/ready').expect(200);
  await isThrough(publishers.accepted.length + EVENTS_A_ROUND);
  urls.shift();
  expect(await old.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await isThrough(publishers.accepted.length + EVENTS_A_ROUND);
  publishers.enough();
  await publishers.done();

  const { accepted, refused } = publishers;
  await untilAllDelivered(old.dataDir, accepted.length * PATHS.length);
  expect(compareReceived(receiver, PATHS, accepted).lost).toBe(0);
  console.log(`${accepted.length} events, ${migrated} before the migration; refused: ${JSON.stringify([...refused])}`);
  for (const logs of [old.logs(), back.logs()]) {
    expect(logs).not.toMatch(CRASH_WORDS);
    expect(logs).not.toMatch(/cached plan|internal \(request/);
  }
});
