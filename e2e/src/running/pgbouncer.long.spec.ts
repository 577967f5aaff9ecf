import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { addWebhook, applicationCreated, bearer, deliveriesOf, publish, recruiter } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { commandsOf } from '../support/manual.js';
import { findPgBouncer, PgBouncer } from '../support/pgbouncer.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith } from '../support/requirements.js';
import { newDataDir, startServer, type TestServer } from '../support/server.js';
import { serviceToken } from '../support/service-token.js';
import { copyDatabase, copyOf } from '../support/shared-database.js';

/*
 * The API's pool through PgBouncer in transaction mode, with the settings printed in docs/operating.md; engine and
 * notifications use DATABASE_DIRECT_URL. There are fewer connections than requests, so that agencies share them.
 */

const POOL_SIZE = 2;
const SETTINGS = `${commandsOf('PgBouncer', 'ini', '')}\ndefault_pool_size = ${POOL_SIZE}\n`;

describeWith('pgbouncer', findPgBouncer(), 'behind PgBouncer', () => {
  const dataDir = newDataDir();
  let bouncer: PgBouncer;
  let receiver: Receiver;
  let server: TestServer;

  beforeAll(async () => {
    receiver = await startReceiver();
    await copyDatabase(dataDir);
    const direct = copyOf(dataDir)!.url;
    bouncer = await PgBouncer.start(direct, SETTINGS);
    const env = { DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: direct };
    // Not another copy.
    server = await startServer({ env, ownDatabase: true }, dataDir);
  });
  afterAll(async () => {
    await server?.stop();
    await bouncer?.stop();
    await receiver?.close();
  });

  /** Another agency with an owner who is signed in. */
  async function otherAgency() {
    const token = await serviceToken(dataDir, { scopes: ['agencies'] });
    const owner = { email: `${randomUUID()}@other.example`, name: 'Other' };
    const path = `/api/internal/agencies/${randomUUID()}`;
    const { body } = await bearer(server.url, token).put(path).send({ name: 'Other', owner }).expect(201);
    const invite = JSON.stringify(body).match(/bpoc_inv_[\w-]+/)![0];
    const person = request.agent(server.url);
    await person.post('/api/auth/invite').send({ token: invite, password: 'correct horse battery' }).expect(200);
    return person;
  }

  it('events are stored, delivered and shown', async () => {
    const webhook = await addWebhook(server, { url: receiver.url('/hook') });
    const before = (await bouncer.pooling()).transactions;
    await publish(server, applicationCreated(server));
    await receiver.next('/hook');
    await eventually(async () =>
      expect(await deliveriesOf(server, webhook.id)).toMatchObject([{ status: 'delivered', attempts: 1 }]),
    );
    expect((await request(server.url).get('/health/ready')).status).toBe(200);
    await eventually(async () => expect((await bouncer.pooling()).transactions).toBeGreaterThan(before));
  });

  it('agencies that share its connections see only their own rows', async () => {
    const other = await otherAgency();
    await other
      .post('/api/recruiter/webhooks')
      .send({ url: 'https://other.example/', events: ['*'] })
      .expect(201);
    const list = async (agent: { get: (path: string) => request.Test }) => {
      const { body } = await agent.get('/api/recruiter/webhooks').expect(200);
      return (body as { data: { url: string }[] }).data.map(({ url }) => url);
    };
    const turns = Array.from({ length: 60 }, (_, n) => list(n % 2 === 0 ? other : recruiter(server)));
    for (const [n, urls] of (await Promise.all(turns)).entries())
      expect([n, urls]).toEqual([n, [n % 2 === 0 ? 'https://other.example/' : receiver.url('/hook')]]);
    const { servers } = await bouncer.pooling();
    expect(servers).toBeGreaterThan(0);
    expect(servers).toBeLessThanOrEqual(POOL_SIZE);
  });

  it('deliveries continue while PgBouncer is down, and requests work again when it is back', async () => {
    await bouncer.restart();
    await eventually(async () => expect((await recruiter(server).get('/api/recruiter/webhooks')).status).toBe(200));
    await publish(server, applicationCreated(server));
    await receiver.next('/hook', 2);
  });
});
