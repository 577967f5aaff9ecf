import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withConnection } from './database.js';
import type { Demo, Served } from './server.js';

/* The server that all specs of a run share (shared-server.mjs), with a separate agency for each. */

interface Found {
  url: string;
  log: string;
  superuserUrl: string;
}

/** A new agency's view of the shared server, whose output includes what other specs do. */
export interface SharedServer extends Served {
  logs(): string;
  /** Address of its database, as its superuser: rows of all agencies. */
  database: string;
}

/** For specs that need no settings and no restart of their own; the others start one (server.ts). */
export async function sharedServer(): Promise<SharedServer> {
  const [address, run] = [process.env['E2E_SHARED'], process.env['E2E_RUN']];
  if (!address || !run) throw new Error('no shared server: jest.config.js names shared-database-setup.mjs');
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(await answer.text());
  const { url, log, superuserUrl } = (await answer.json()) as Found;
  const first = JSON.parse(readFileSync(join(run, 'demo.json'), 'utf8')) as Demo;
  return {
    url,
    demo: { ...first, ...(await addAgency(superuserUrl, first)), url },
    logs: () => readFileSync(log, 'utf8'),
    database: superuserUrl,
  };
}

/** With an owner who has the demo's password, and an API key. The demo's service token is for all agencies. */
export async function addAgency(
  superuserUrl: string,
  first: Demo,
): Promise<Pick<Demo, 'agencyId' | 'email' | 'apiKey'>> {
  const [agencyId, userId, keyId] = [randomUUID(), randomUUID(), randomUUID()];
  const email = `${agencyId}@bpoc.example`;
  const apiKey = `bpoc_key_${keyId.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(apiKey).digest();
  await withConnection(superuserUrl, async (client) => {
    await client.query(`insert into agencies (id, name) select $1, name from agencies where id = $2`, [
      agencyId,
      first.agencyId,
    ]);
    await client.query(
      `insert into users (id, agency_id, email, name, role, password_hash)
       select $1, $2, $3, name, role, password_hash from users where agency_id = $4`,
      [userId, agencyId, email, first.agencyId],
    );
    await client.query(
      `insert into api_keys (id, kind, agency_id, name, hash, last4, role, created_by)
       values ($1, 'key', $2, 'Demo', $3, $4, 'admin', 'e2e')`,
      [keyId, agencyId, hash, apiKey.slice(-4)],
    );
  });
  return { agencyId, email, apiKey };
}
