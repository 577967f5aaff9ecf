import { type Keyring, KeyringError } from '../../lib/keyring.js';
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
  type WebhookPlace,
} from '../model/webhook-secrets.js';

/*
 * Re-encrypts everything that is not encrypted with the first key of the keyring, so that the other keys can be
 * removed. Safe beside running servers: a ciphertext is replaced only if it is unchanged since it was read. The
 * plaintext stays the same, so a webhook keeps its version (ETag).
 */

const BATCH = 200;

type Database = Pick<ServiceDatabase, 'query'>;
type Reencrypt = (keyring: Keyring, at: WebhookPlace, stored: Buffer) => Buffer;

const secret: Reencrypt = (keyring, at, stored) => encryptSecret(keyring, at, decryptSecret(keyring, at, stored));
const headers: Reencrypt = (keyring, at, stored) => encryptHeaders(keyring, at, decryptHeaders(keyring, at, stored));
const address: Reencrypt = (keyring, at, stored) => encryptAddress(keyring, at, decryptAddress(keyring, at, stored));
const alertAddress: Reencrypt = (keyring, at, stored) =>
  encryptAlertAddress(keyring, at, decryptAlertAddress(keyring, at, stored));

interface EncryptedColumn {
  table: string;
  /** The column that has the id of the webhook. */
  id: string;
  name: string;
  again: Reencrypt;
}

/** The current secret comes before the previous one: a rotation in between moves the ciphertext. */
const COLUMNS: readonly EncryptedColumn[] = [
  { table: 'webhooks', id: 'id', name: 'secret', again: secret },
  { table: 'webhooks', id: 'id', name: 'previous_secret', again: secret },
  { table: 'webhooks', id: 'id', name: 'headers', again: headers },
  { table: 'webhooks', id: 'id', name: 'url', again: address },
  { table: 'webhook_versions', id: 'webhook_id', name: 'url', again: address },
  { table: 'webhook_alerts', id: 'webhook_id', name: 'url', again: alertAddress },
];

export interface Reencrypted {
  /** Ids of the webhooks of which something was re-encrypted. */
  written: Set<string>;
  /** Ids of those that the keyring cannot decrypt. */
  unreadable: Set<string>;
}

/**
 * Includes deleted webhooks. Can be repeated: it continues where it stopped, and writes nothing when nothing is left.
 */
export async function reencryptWebhooks(database: Database, keyring: Keyring): Promise<Reencrypted> {
  const [written, unreadable] = [new Set<string>(), new Set<string>()];
  for (const column of COLUMNS) {
    const done = await reencryptColumn(database, keyring, column);
    for (const id of done.written) written.add(id);
    for (const id of done.unreadable) unreadable.add(id);
  }
  return { written, unreadable };
}

async function reencryptColumn(
  database: Database,
  keyring: Keyring,
  { table, id, name, again }: EncryptedColumn,
): Promise<Reencrypted> {
  const [written, unreadable] = [new Set<string>(), new Set<string>()];
  // Until no row is left: one that changed between read and write is read again.
  for (;;) {
    const rows = await database.query<WebhookPlace & { stored: Buffer }>(
      `select ${id} as "webhookId", agency_id as "agencyId", ${name} as stored from ${table}
       where $1 <> ${keyIdSql(name)} and ${id} <> all($2::uuid[]) limit ${BATCH}`,
      [keyring.currentKeyId, [...unreadable]],
    );
    if (rows.length === 0) return { written, unreadable };
    for (const { stored, ...at } of rows) {
      try {
        const updated = await database.query(
          `update ${table} set ${name} = $3 where ${id} = $1 and ${name} = $2 returning ${id}`,
          [at.webhookId, stored, again(keyring, at, stored)],
        );
        if (updated.length > 0) written.add(at.webhookId);
      } catch (error) {
        if (!(error instanceof KeyringError)) throw error;
        unreadable.add(at.webhookId);
      }
    }
  }
}
