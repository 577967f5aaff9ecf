import { type Keyring, KeyringError, keyIdOf } from '../../lib/keyring.js';
import type { ServiceDatabase } from '../../database/service-database.js';
import { keyIdSql } from '../model/encrypted-secrets.js';
import {
  decryptAddress,
  decryptAlertAddress,
  decryptHeaders,
  decryptSecret,
  encryptAddress,
  encryptAlertAddress,
  encryptHeaders,
  encryptSecret,
} from '../model/webhook-secrets.js';

/*
 * Re-encrypts with the first key of the keyring whatever another key encrypted, so that the other key can be removed.
 * Safe beside running servers: each row is written on its own and only if it is unchanged since it was read. Its plain
 * content stays the same, so it keeps its version (ETag).
 */

const BATCH = 200;

type Database = Pick<ServiceDatabase, 'query'>;

interface EncryptedRow {
  id: string;
  agency_id: string;
  secret: Buffer;
  previous_secret: Buffer | null;
  headers: Buffer | null;
  url: Buffer | null;
}

export interface Reencrypted {
  /** Webhooks that were written. */
  webhooks: number;
  /** Ids of those that the keyring cannot decrypt. */
  unopened: string[];
}

/** Includes deleted webhooks. Can be repeated: it continues, and writes nothing when nothing is left. */
export async function reencryptWebhooks(database: Database, keyring: Keyring): Promise<Reencrypted> {
  const done: Reencrypted = { webhooks: 0, unopened: [] };
  for (;;) {
    const pass = await onePass(database, keyring);
    done.webhooks += pass.webhooks;
    done.unopened = pass.unopened;
    // Rows that changed between read and write are left for the next pass.
    if (pass.webhooks === 0 && pass.changed === 0) break;
  }
  const versions = await reencryptVersions(database, keyring);
  const alerts = await reencryptAlerts(database, keyring);
  done.unopened = [...new Set([...done.unopened, ...versions, ...alerts])];
  return done;
}

/** The addresses of past configurations, which nothing else changes. Returns the webhooks of those it cannot read. */
async function reencryptVersions(database: Database, keyring: Keyring): Promise<string[]> {
  const unopened: string[] = [];
  for (let after: [string, number] = [FIRST_ID, 0]; ;) {
    const rows = await database.query<VersionRow>(OTHER_VERSIONS_SQL, [...after, keyring.currentKeyId, BATCH]);
    for (const { webhook_id: webhookId, version, agency_id: agencyId, url } of rows) {
      const at = { agencyId, webhookId };
      try {
        const next = encryptAddress(keyring, at, decryptAddress(keyring, at, url));
        await database.query('update webhook_versions set url = $3 where webhook_id = $1 and version = $2', [
          webhookId,
          version,
          next,
        ]);
      } catch (error) {
        if (!(error instanceof KeyringError)) throw error;
        unopened.push(webhookId);
      }
    }
    const last = rows.at(-1);
    if (rows.length < BATCH || !last) return unopened;
    after = [last.webhook_id, last.version];
  }
}

/** The addresses for alerts. Returns the webhooks of those it cannot read. */
async function reencryptAlerts(database: Database, keyring: Keyring): Promise<string[]> {
  const unopened: string[] = [];
  for (let after = FIRST_ID; ;) {
    const rows = await database.query<AlertRow>(OTHER_ALERTS_SQL, [after, keyring.currentKeyId, BATCH]);
    for (const { webhook_id: webhookId, agency_id: agencyId, url } of rows) {
      const at = { agencyId, webhookId };
      try {
        const next = encryptAlertAddress(keyring, at, decryptAlertAddress(keyring, at, url));
        await database.query('update webhook_alerts set url = $3 where webhook_id = $1 and url = $2', [
          webhookId,
          url,
          next,
        ]);
      } catch (error) {
        if (!(error instanceof KeyringError)) throw error;
        unopened.push(webhookId);
      }
    }
    if (rows.length < BATCH) return unopened;
    after = rows.at(-1)!.webhook_id;
  }
}

type AlertRow = Omit<VersionRow, 'version'>;

const OTHER_ALERTS_SQL = /* sql */ `
select webhook_id, agency_id, url from webhook_alerts
where webhook_id > $1 and $2 <> ${keyIdSql('url')} order by webhook_id limit $3`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface VersionRow {
  webhook_id: string;
  version: number;
  agency_id: string;
  url: Buffer;
}

const OTHER_VERSIONS_SQL = /* sql */ `
select webhook_id, version, agency_id, url from webhook_versions
where (webhook_id, version) > ($1, $2) and $3 <> ${keyIdSql('url')} order by webhook_id, version limit $4`;

async function onePass(database: Database, keyring: Keyring): Promise<Reencrypted & { changed: number }> {
  const pass = { webhooks: 0, changed: 0, unopened: [] as string[] };
  for (let after: string | null = null; ;) {
    const rows: EncryptedRow[] = await database.query<EncryptedRow>(OTHERS_SQL, [after, keyring.currentKeyId, BATCH]);
    for (const row of rows) {
      const next = reencrypted(keyring, row);
      if (next === null) pass.unopened.push(row.id);
      else if (await write(database, row, next)) pass.webhooks++;
      else pass.changed++;
    }
    if (rows.length < BATCH) return pass;
    after = rows.at(-1)!.id;
  }
}

const OTHERS_SQL = /* sql */ `
select id, agency_id, secret, previous_secret, headers, url from webhooks
where ($1::uuid is null or id > $1)
  and ($2 <> ${keyIdSql('secret')} or $2 <> ${keyIdSql('previous_secret')} or $2 <> ${keyIdSql('headers')}
    or $2 <> ${keyIdSql('url')})
order by id limit $3`;

/** The same contents under the current key; null when one of them cannot be decrypted. */
function reencrypted(keyring: Keyring, row: EncryptedRow): Omit<EncryptedRow, 'id' | 'agency_id'> | null {
  const at = { agencyId: row.agency_id, webhookId: row.id };
  const again = (secret: Buffer) =>
    keyIdOf(secret) === keyring.currentKeyId ? secret : encryptSecret(keyring, at, decryptSecret(keyring, at, secret));
  try {
    return {
      secret: again(row.secret),
      previous_secret: row.previous_secret && again(row.previous_secret),
      headers: row.headers && encryptHeaders(keyring, at, decryptHeaders(keyring, at, row.headers)),
      url: row.url && encryptAddress(keyring, at, decryptAddress(keyring, at, row.url)),
    };
  } catch (error) {
    if (error instanceof KeyringError) return null;
    throw error;
  }
}

async function write(
  database: Database,
  row: EncryptedRow,
  next: Omit<EncryptedRow, 'id' | 'agency_id'>,
): Promise<boolean> {
  const written = await database.query(WRITE_SQL, [
    row.id,
    row.agency_id,
    next.secret,
    next.previous_secret,
    next.headers,
    row.secret,
    row.previous_secret,
    row.headers,
    next.url,
    row.url,
  ]);
  return written.length > 0;
}

const WRITE_SQL = /* sql */ `
update webhooks set secret = $3, previous_secret = $4, headers = $5, url = $9
where id = $1 and agency_id = $2 and secret = $6 and previous_secret is not distinct from $7
  and headers is not distinct from $8 and url is not distinct from $10
returning id`;
