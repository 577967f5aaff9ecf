// The service that outbox.long.spec.ts kills: changes state and writes the event in one transaction, some of which it
// rolls back, on several connections at once, so that transactions commit in a different order than they began.
import pg from 'pg';
import { outbox } from 'bpoc-webhooks/outbox';

const CONNECTIONS = 4;
const ROLLED_BACK = 0.25;
const { DATABASE_URL, AGENCY_ID, PAUSE_MS } = process.env;

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * Number(PAUSE_MS)));

/** One application in one transaction. */
async function apply(client) {
  const isRolledBack = Math.random() < ROLLED_BACK;
  const applicationId = `${isRolledBack ? 'rolled-back' : 'kept'}-${crypto.randomUUID()}`;
  await client.query('begin');
  await client.query('insert into applications (id) values ($1)', [applicationId]);
  await outbox.webhookApplicationCreated(
    {
      applicationId,
      jobId: 'uuid-456',
      candidateId: 'uuid-789',
      candidateName: 'Maria Santos',
      candidateEmail: 'maria@example.com',
      jobTitle: 'Customer Service Representative',
      agencyId: AGENCY_ID,
    },
    client,
  );
  await pause();
  await client.query(isRolledBack ? 'rollback' : 'commit');
}

/** Applies without end, with a new connection after an error. */
async function work() {
  for (;;) {
    const client = new pg.Client(DATABASE_URL);
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (;;) {
        await apply(client);
        await pause();
      }
    } catch (error) {
      // The database was restarted.
      console.error(error.message);
      await client.end().catch(() => undefined);
      await pause();
    }
  }
}

for (let n = 0; n < CONNECTIONS; n++) void work();
console.log('service started');
