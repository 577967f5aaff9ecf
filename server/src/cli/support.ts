import { AuditLog } from '../audit/audit-log.service.js';
import { AppError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';
import { Support } from '../webhooks/support/support.service.js';
import { runCommand, UsageError, withDatabase, withServiceDatabase } from './command.js';

const USAGE = `npm run support -- troubles      the agencies with trouble, since when, and how much waits
npm run support -- agency <id>   its webhooks, their states and reasons

Ids only, one JSON line each. Each look is in the audit log of the agency.`;

await runCommand(async (env) => {
  const [name, id = '', ...more] = process.argv.slice(2);
  const isAgency = name === 'agency' && isUuid(id);
  if (more.length > 0 || !(isAgency || (name === 'troubles' && id === ''))) throw new UsageError(USAGE);
  const rows = await withDatabase(env, (url) =>
    withServiceDatabase(url, async (database) => {
      const support = new Support(database, new AuditLog());
      if (!isAgency) return support.troubles(null);
      return support.agency(null, id.toLowerCase()).catch((error: unknown) => {
        throw error instanceof AppError ? new UsageError(error.message) : error;
      });
    }),
  );
  for (const row of rows) console.log(JSON.stringify(row));
  if (rows.length === 0) console.log(isAgency ? 'It has no webhooks.' : 'No agency has trouble.');
});
