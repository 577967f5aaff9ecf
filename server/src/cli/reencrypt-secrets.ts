import type { Keyring } from '../lib/keyring.js';
import { resealCanary } from '../database/secrets-canary.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { resealWebhooks } from '../webhooks/settings/reencrypt.js';
import { keysInUse } from '../webhooks/model/encrypted-secrets.js';
import { UsageError } from './command.js';

type Database = Pick<ServiceDatabase, 'query'>;

/** With which keys the stored secrets are encrypted, as lines to print. */
export async function keyUsage(database: Database, keyring: Keyring): Promise<string[]> {
  const keys = await keysInUse(database);
  const told = keys.map(
    ({ id, boxes }) => `${id}: ${boxes} secrets and headers${keyring.hasKey(id) ? '' : ' (SECRETS_KEYS lacks it)'}`,
  );
  return told.length > 0 ? told : ['No webhook has a secret yet.'];
}

/** Encrypts everything with the first key of the ring. Throws UsageError for what does not open. */
export async function reencryptSecrets(database: Database, keyring: Keyring): Promise<string[]> {
  await resealCanary(database, keyring);
  const { webhooks, unopened } = await resealWebhooks(database, keyring);
  const done = `${webhooks} ${webhooks === 1 ? 'webhook was' : 'webhooks were'} encrypted with ${keyring.currentKeyId}.`;
  if (unopened.length > 0)
    throw new UsageError(
      `${done} The secrets of ${unopened.length} do not open with SECRETS_KEYS: ${unopened.slice(0, 10).join(', ')}`,
    );
  return [done, ...(await keyUsage(database, keyring))];
}
