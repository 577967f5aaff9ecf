import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, recruiter, service, type Receipt } from '../support/client.js';
import { dumpTables } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

const ARRAYS = 10;
const EVENTS_EACH = 500;

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  // Short leases: what the killed server was sending ends with its lease.
  const env = { LEASE_MS: '3000', ATTEMPT_TIMEOUT_MS: '1000' };
  [server, receiver] = await Promise.all([startServer({ env }), startReceiver({ otherwise: 503 })]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

const publishMany = async (data: Record<string, string>): Promise<Receipt[]> => {
  const events = Array.from({ length: EVENTS_EACH }, () => applicationCreated(server, data));
  const { status, body } = await service(server).post('/api/internal/events').send(events);
  expect(status).toBe(202);
  return body as Receipt[];
};
const erase = (candidateId: string) =>
  service(server).delete(`/api/internal/references/candidate/${candidateId}`).query({ agencyId: server.demo.agencyId });

/** How many rows of each table hold the text, where there are any. */
const rowsWith = async (text: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    [...(await dumpTables(server.dataDir))]
      .map(([table, rows]) => [table, rows.filter((row) => row.includes(text)).length] as const)
      .filter(([, count]) => count > 0),
  );

it('an erasure cut off by kill -9 is finished by a second request, and no row contains the name any more', async () => {
  const candidateId = randomUUID();
  const candidateName = `Jane-${randomUUID()}`;
  // Pending at a receiver that always fails: unsent messages must be erased too.
  await addWebhook(server, { url: receiver.url('/'), events: ['application.created'], retry_plan: 'three_days' });
  const [first] = await publishMany({ candidateId, candidateName });
  for (let n = 1; n < ARRAYS; n++) await publishMany({ candidateId, candidateName });

  const cutOff = erase(candidateId).then(
    () => 'answered',
    () => 'cut off',
  );
  await eventually(async () => {
    const { body } = await recruiter(server).get(`/api/recruiter/events/${first!.id}`);
    expect(body.purged_at).toEqual(expect.any(String));
  });
  await server.kill('SIGKILL');
  expect(await cutOff).toBe('cut off');
  await server.restart();
  const { webhook_events: left = 0 } = await rowsWith(candidateName);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(ARRAYS * EVENTS_EACH);

  const { status, body } = await erase(candidateId);
  expect([status, body.events]).toEqual([200, left]);
  expect(await rowsWith(candidateName)).toEqual({});
  await eventually(
    async () => {
      const { body: counts } = await recruiter(server).get('/api/recruiter/deliveries/counts');
      expect(counts).toMatchObject({
        waiting: { count: 0 },
        retrying: { count: 0 },
        total: { count: ARRAYS * EVENTS_EACH },
      });
    },
    { timeoutMs: 90_000 },
  );
});
