import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bearer } from '../support/client.js';
import { withConnection } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { LONG } from '../support/long.js';
import { Program } from '../support/program.js';
import { emptyDatabase } from '../support/shared-database.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

/* The example of an internal service: a change of state and its event in one transaction, killed in the middle. */

let server: SharedServer;
let database: Awaited<ReturnType<typeof emptyDatabase>>;
let service: Program;
let url: string;

const candidate = {
  jobId: 'J-20',
  jobTitle: 'Support agent',
  candidateName: 'Maria Santos',
  candidateEmail: 'maria@example.com',
};

beforeAll(async () => {
  [server, database] = await Promise.all([sharedServer(), emptyDatabase()]);
  await start();
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

async function start(): Promise<void> {
  const { agencyId, serviceToken } = server.demo;
  service = new Program(process.execPath, ['examples/applications-service/dist/main.js'], {
    DATABASE_URL: database.url,
    AGENCY_ID: agencyId,
    BPOC_WEBHOOKS_URL: server.url,
    BPOC_WEBHOOKS_TOKEN: serviceToken,
    PORT: '0',
  });
  url = await service.listening();
}

interface Application {
  id: string;
  status: string;
}

const create = async (): Promise<Application> =>
  (await bearer(url, null).post('/applications').send(candidate).expect(201)).body as Application;

const move = (id: string, status: string) => bearer(url, null).patch(`/applications/${id}`).send({ status });

const rows = <Row>(sql: string): Promise<Row[]> =>
  withConnection(database.url, async (client) => (await client.query(sql)).rows as Row[]);

/** `<type> <application>` of every event of the agency in the server's log, sorted. */
const log = (): Promise<string[]> =>
  withConnection(server.database, async (client) => {
    const sql = `select type || ' ' || (body::json #>> '{data,applicationId}') as line from webhook_events
                 where agency_id = $1`;
    const { rows } = await client.query<{ line: string }>(sql, [server.demo.agencyId]);
    return rows.map(({ line }) => line).toSorted();
  });

/** What has happened according to the service's tables. */
async function happened(): Promise<string[]> {
  const applications = await rows<{ id: string; version: number }>('select id, version from applications.applications');
  const placements = await rows<{ id: string }>('select application_id as id from applications.placements');
  return [
    ...applications.map(({ id }) => `application.created ${id}`),
    ...applications.flatMap(({ id, version }) =>
      Array.from({ length: version - 1 }, () => `application.status_changed ${id}`),
    ),
    ...placements.map(({ id }) => `placement.created ${id}`),
  ].toSorted();
}

async function expectAllArrived(): Promise<void> {
  await eventually(async () => {
    const [{ n }] = (await rows<{ n: string }>('select count(*) as n from applications.bpoc_outbox')) as [
      { n: string },
    ];
    expect(n).toBe('0');
  });
  expect(await log()).toEqual(await happened());
}

it('publishes what it changes, a hire through its own domain event, and nothing of a change that fails', async () => {
  const { id } = await create();
  await move(id, 'shortlisted').expect(200);
  await move(id, 'shortlisted').expect(409);
  await move(id, 'hired').expect(200);
  await move(id, 'applied').expect(200);
  // The listener refuses a second placement after the events were written, so everything is rolled back.
  await move(id, 'hired').expect(500);
  await expectAllArrived();
  const count = (type: string) => log().then((lines) => lines.filter((line) => line.startsWith(type)).length);
  expect(await count('application.status_changed')).toBe(3);
  expect(await count('placement.created')).toBe(1);
  expect((await bearer(url, null).get('/health').expect(200)).body).toMatchObject({ ok: true, rejected: 0 });
});

if (LONG) {
  it('kill -9 in the middle loses no event and publishes none that was not committed', async () => {
    const KILLS = 2;
    for (let n = 0; n < KILLS; n++) {
      let answered = 0;
      const killed = new AbortController();
      const clients = Array.from({ length: 4 }, async () => {
        while (!killed.signal.aborted) {
          // After the kill every request fails.
          const made = await create().catch(() => null);
          if (made) await move(made.id, 'hired').catch(() => null);
          answered += 1;
        }
      });
      await eventually(() => expect(answered).toBeGreaterThan(20));
      await service.stop();
      killed.abort();
      await Promise.all(clients);
      await start();
    }
    await expectAllArrived();
    const lines = await log();
    console.log(`${KILLS} × kill -9 of the example: ${lines.length} events committed, all of them published once`);
    expect(lines.length).toBeGreaterThan(KILLS * 20);
  });
}

it('ends at SIGTERM', async () => {
  service.kill();
  expect(await service.exited).toMatchObject({ signal: 'SIGTERM' });
});
