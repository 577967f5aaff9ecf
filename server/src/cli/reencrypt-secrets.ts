import type { Keyring } from '../lib/keyring.js';
import { reencryptCanary } from '../database/boot-checks.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { reencryptWebhooks } from '../webhooks/settings/reencrypt.js';
import { keysInUse } from '../webhooks/model/encrypted-secrets.js';
import { UsageError } from './command.js';

type Database = Pick<ServiceDatabase, 'query'>;

/** The keys with which the stored secrets are encrypted, as lines to print. */
export async function keyUsage(database: Database, keyring: Keyring): Promise<string[]> {
  const keys = await keysInUse(database);
  const lines = keys.map(
    ({ id, count }) =>
      `${id}: ${count} secrets, headers and addresses${keyring.hasKey(id) ? '' : ' (SECRETS_KEYS lacks it)'}`,
  );
  return lines.length > 0 ? lines : ['No webhook has a secret yet.'];
}

/** Re-encrypts everything with the first key. Throws UsageError if some secrets cannot be decrypted. */
export async function reencryptSecrets(database: Database, keyring: Keyring): Promise<string[]> {
  await reencryptCanary(database, keyring);
  const { written, unreadable } = await reencryptWebhooks(database, keyring);
  const were = written.size === 1 ? 'webhook was' : 'webhooks were';
  const done = `${written.size} ${were} encrypted with ${keyring.currentKeyId}.`;
  if (unreadable.size > 0)
    throw new UsageError(
      `${done} The secrets of ${unreadable.size} do not open with SECRETS_KEYS: ` +
        [...unreadable].slice(0, 10).join(', '),
    );
  return [done, ...(await keyUsage(database, keyring))];
}
