import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { outboxSql } from 'bpoc-webhooks/outbox';
import { CutProxy } from '../support/cut-proxy.js';
import { superuserUrl, withConnection, withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { startServer, type TestServer } from '../support/server.js';
import { restartDatabase } from './restart-database.js';

/*
 * A service with an outbox and two relays, killed in turn, with outages of the server and restarts of the database:
 * every event whose transaction committed is in the server's log once, and none that was rolled back.
 */

const KILLS_OF_EACH = 24;
const AWAY_MS = 60_000;
const DATABASE_RESTARTS = 3;
const COMMAND = 'node_modules/bpoc-webhooks/dist/esm/cli/main.js';

let server: TestServer;
let proxy: CutProxy;
let database: string;
let service: Program;
const relays: Program[] = [];

beforeAll(async () => {
  server = await startServer({ ownDatabase: true });
  proxy = await new CutProxy(Number(new URL(server.url).port)).restore();
  database = superuserUrl(server.dataDir);
  await inDatabase(`create table applications (id text primary key); ${outboxSql()}`);
});
afterAll(async () => {
  await Promise.all([service, ...relays].map((program) => program?.stop()));
  await proxy.cut();
  await server.stop();
});

const inDatabase = <Row>(sql: string): Promise<Row[]> =>
  withConnection(database, async (client) => (await client.query(sql)).rows as Row[]);

function startService(): Program {
  const env = { DATABASE_URL: database, AGENCY_ID: server.demo.agencyId, PAUSE_MS: '8' };
  return new Program(process.execPath, ['e2e/src/faults/outbox-service.mjs'], env);
}

function startRelay(...options: string[]): Program {
  const { serviceToken } = server.demo;
  const env = { DATABASE_URL: database, BPOC_WEBHOOKS_URL: proxy.url, BPOC_WEBHOOKS_TOKEN: serviceToken };
  return new Program(process.execPath, [COMMAND, 'relay', '--batch', '20', ...options], env);
}

const rowsOf = async (table: string): Promise<number> =>
  Number((await inDatabase<{ n: string }>(`select count(*) as n from ${table}`))[0]!.n);
const committed = (): Promise<number> => rowsOf('applications');
const waiting = (): Promise<number> => rowsOf('bpoc_outbox');

interface Stored {
  application: string;
  times: number;
}

/** How often each application is in the server's log. */
const stored = (): Promise<Stored[]> =>
  withDatabase(server.dataDir, async (client) => {
    const sql = `select body::json #>> '{data,applicationId}' as application, count(*)::int as times
                 from webhook_events group by 1`;
    return (await client.query<Stored>(sql)).rows;
  });

/** Checks progress: more commits, and more of them at the server. */
async function progress(): Promise<void> {
  // A database that was just restarted may not answer yet.
  const [before, atServer] = await eventually(async () => [await committed(), (await stored()).length] as const);
  await eventually(
    async () => {
      const [now, nowAtServer] = [await committed(), (await stored()).length];
      if (now <= before + 10 || nowAtServer <= atServer)
        throw new Error([server.logs(), ...[service, ...relays].map(({ output }) => output)].map(endOf).join('\n'));
    },
    // A relay pauses up to 30 s after failures.
    { timeoutMs: 60_000 },
  );
}

const endOf = (text: string): string => text.slice(-2_000);

/** A frozen relay keeps its connection and claim until PostgreSQL ends them after a minute of idleness. */
function freezeWithClaim(relay: Program): Promise<void> {
  const claimed = `select from pg_stat_activity where application_name = 'bpoc-webhooks relay'
                      and state = 'idle in transaction' and state_change < now() - interval '2 s'`;
  return eventually(
    async () => {
      relay.kill('SIGSTOP');
      try {
        await eventually(async () => expect(await inDatabase(claimed)).toHaveLength(1), { timeoutMs: 4_000 });
      } catch (error) {
        relay.kill('SIGCONT');
        throw error;
      }
    },
    { timeoutMs: 60_000 },
  );
}

it('every committed event reaches the server once, and none that was rolled back does', async () => {
  service = startService();
  relays.push(startRelay(), startRelay());
  for (let n = 0; n < KILLS_OF_EACH; n++) {
    await progress();
    await service.stop();
    service = startService();
    await relays[n % 2]!.stop();
    relays[n % 2] = startRelay();
  }
  await progress();
  await proxy.cut();
  const cutAt = performance.now();
  await eventually(
    async () => {
      expect(performance.now() - cutAt).toBeGreaterThan(AWAY_MS);
      expect(await waiting()).toBeGreaterThan(50);
      for (const relay of relays) expect(relay.output).toContain('the server cannot be reached');
    },
    { timeoutMs: AWAY_MS + 30_000 },
  );
  await proxy.restore();
  await progress();
  for (let n = 0; n < DATABASE_RESTARTS; n++) {
    await restartDatabase(server.dataDir);
    await progress();
  }
  await freezeWithClaim(relays[0]!);
  await progress();
  await service.stop();
  await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 100_000 });

  const kept = new Set((await inDatabase<{ id: string }>('select id from applications')).map(({ id }) => id));
  const log = await stored();
  const seen = new Set(log.map(({ application }) => application));
  const lost = [...kept].filter((id) => !seen.has(id)).length;
  const rolledBack = log.filter(({ application }) => !kept.has(application)).length;
  const twice = log.filter(({ times }) => times > 1).length;
  console.log(
    `${KILLS_OF_EACH} × kill -9 of the service and of a relay, the server away for ${AWAY_MS / 1000} s, ` +
      `${DATABASE_RESTARTS} restarts of the database: ${kept.size} committed, ${lost} lost, ` +
      `${rolledBack} of rolled back transactions, ${twice} twice`,
  );
  expect({ lost, rolledBack, twice }).toEqual({ lost: 0, rolledBack: 0, twice: 0 });
  expect(kept.size).toBeGreaterThan(KILLS_OF_EACH * 10);
});
