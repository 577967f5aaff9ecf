import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { applicationCreated, recruiter, service } from '../support/client.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';
import { untilAllDelivered } from './oracle.js';
import { tally } from './tally.js';

/*
 * Servers that mail events are killed after the mail server has accepted a mail and before the result is in the
 * database: no event is lost, and for each kill at most the mail in flight arrives twice, with the same Message-ID.
 */

const KILLS = 10;
const EVENTS_A_ROUND = 30;
/** How long the mail server takes to confirm a mail; half of the kills come after that. */
const ANSWER_MS = 40;

const mails: string[] = [];
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      mails.push(Buffer.concat(chunks).toString().replaceAll('=\r\n', ''));
      setTimeout(done, ANSWER_MS);
    });
  },
});
let first: TestServer;
let worker: ServerProcess;
let env: Record<string, string>;

beforeAll(async () => {
  smtp.on('error', () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  const { port } = smtp.server.address() as AddressInfo;
  env = { SMTP_URL: `smtp://127.0.0.1:${port}`, ATTEMPT_TIMEOUT_MS: '1000', LEASE_MS: '3000' };
  first = await startServer({ env: { ...env, ROLE: 'api' } });
  const asked = { kind: 'email', recipients: [first.demo.email], events: ['*'], style: { names: 'full' } };
  const { status, body } = await recruiter(first).post('/api/recruiter/webhooks').send(asked);
  expect({ status, body }).toMatchObject({ status: 201 });
  // Its pace of 10 a minute would make this last for an hour.
  await withDatabase(first.dataDir, (client) => client.query('update webhook_flow set every_ms = 20'));
  worker = await startWorker();
});
afterAll(async () => {
  await worker.end();
  await first.stop();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

async function startWorker(): Promise<ServerProcess> {
  const started = new ServerProcess(first.dataDir, { env });
  await started.listening();
  return started;
}

const idOf = (mail: string) => /^Message-ID:\s+(\S+)/im.exec(mail)![1]!;

it('a server killed while it sends mails loses nothing, and sends at most the mail in flight twice', async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    const events = Array.from({ length: EVENTS_A_ROUND }, (_, n) =>
      applicationCreated(first, { candidateName: `Zoe Q${kill * EVENTS_A_ROUND + n}x` }),
    );
    const before = mails.length;
    expect((await service(first).post('/api/internal/events').send(events)).status).toBe(202);
    await eventually(() => expect(mails.length).toBeGreaterThan(before), { everyMs: 1, timeoutMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * ANSWER_MS));
    worker.kill('SIGKILL');
    await worker.exited;
    worker.forget();
    worker = await startWorker();
  }
  const count = KILLS * EVENTS_A_ROUND;
  await untilAllDelivered(first.dataDir, count, 120_000);
  const told = new Set(mails.flatMap((mail) => [...mail.matchAll(/Zoe Q(\d+)x/g)].map(([, name]) => name)));
  const twice = mails.length - new Set(mails.map(idOf)).size;
  tally('mails', { kills: KILLS, events: count, lost: count - told.size, doubled: 0, sentTwice: twice });
  console.log(`${count} events in ${mails.length} mails, ${twice} of them twice`);
  expect(told.size).toBe(count);
  expect(twice).toBeLessThanOrEqual(KILLS);
});
