import type { CryptoBox } from '../lib/crypto-box.js';
import { reencryptCanary } from '../database/secrets-canary.js';
import type { ServiceDatabase } from '../database/service-database.js';
import { reencryptWebhooks } from '../webhooks/settings/reencrypt.js';
import { keysInUse } from '../webhooks/model/encrypted-secrets.js';
import { UsageError } from './command.js';

type Database = Pick<ServiceDatabase, 'query'>;

/** With which keys the stored secrets are encrypted, as lines to print. */
export async function tellKeys(database: Database, box: CryptoBox): Promise<string[]> {
  const keys = await keysInUse(database);
  const told = keys.map(
    ({ id, count }) => `${id}: ${count} secrets and headers${box.hasKey(id) ? '' : ' (SECRETS_KEYS lacks it)'}`,
  );
  return told.length > 0 ? told : ['No webhook has a secret yet.'];
}

/** Encrypts everything with the first key of the ring. Throws UsageError for what does not open. */
export async function resealSecrets(database: Database, box: CryptoBox): Promise<string[]> {
  await reencryptCanary(database, box);
  const { webhooks, unopened } = await reencryptWebhooks(database, box);
  const done = `${webhooks} ${webhooks === 1 ? 'webhook was' : 'webhooks were'} encrypted with ${box.currentKeyId}.`;
  if (unopened.length > 0)
    throw new UsageError(
      `${done} The secrets of ${unopened.length} do not open with SECRETS_KEYS: ${unopened.slice(0, 10).join(', ')}`,
    );
  return [done, ...(await tellKeys(database, box))];
}
