import { applicationCreated, publish } from '../client.js';
import { withDatabase } from '../database.js';
import type { TestServer } from '../server.js';
import type { LogOwner } from './agencies.js';
import type { Samples } from './asking.js';
import { fakeHash } from './fill-sql.js';

/**
 * Makes the records of the samples findable: publishes an event about them, and replaces the placeholders with its
 * hashes, which only the server can compute.
 */
export async function makeFindable(server: TestServer, { agencyId }: LogOwner, samples: Samples): Promise<void> {
  const { application, candidate, job } = samples;
  const event = applicationCreated(server, { applicationId: application, candidateId: candidate, jobId: job });
  const { id } = await publish(server, { ...event, agencyId });
  const columns = { ref1: ['application', application], ref2: ['candidate', candidate], ref3: ['job', job] } as const;
  await withDatabase(server.dataDir, async (client) => {
    for (const [column, [kind, value]] of Object.entries(columns))
      await client.query(
        `update webhook_events e set ${column} = p.${column} from webhook_events p
         where p.agency_id = $1 and p.id = $2 and e.agency_id = $1
           and e.${column} = ${fakeHash('$1::uuid', kind, '$3')}`,
        [agencyId, id, value],
      );
  });
}
