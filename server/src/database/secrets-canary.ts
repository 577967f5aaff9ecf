import { type Keyring, KeyringError, keyIdOf } from '../lib/keyring.js';
import { BootCheckError } from './login-check.js';
import type { ServiceDatabase } from './service-database.js';

/* An encrypted constant: detects a wrong key even while nothing else is encrypted yet. */

const TEXT = 'bpoc-webhooks';
const CONTEXT = 'canary';

type Database = Pick<ServiceDatabase, 'query'>;

/** Stores the canary on the first call. @throws BootCheckError when the keyring cannot decrypt it later */
export async function checkCanary(database: Database, keyring: Keyring): Promise<void> {
  await database.query('insert into secrets_canary (value) values ($1) on conflict do nothing', [
    keyring.encrypt(TEXT, CONTEXT),
  ]);
  const [canary] = await database.query<{ value: Buffer }>('select value from secrets_canary');
  try {
    if (keyring.decrypt(canary!.value, CONTEXT) === TEXT) return;
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
  }
  throw new BootCheckError(
    `SECRETS_KEYS does not hold the key that the stored secrets were encrypted with (${keyIdOf(canary!.value)}). ` +
      'docs/operating.md says how to rotate keys.',
  );
}

/** Encrypts the canary with the first key of the ring, which must still hold its old key. */
export async function reencryptCanary(database: Database, keyring: Keyring): Promise<void> {
  await checkCanary(database, keyring);
  await database.query('update secrets_canary set value = $1', [keyring.encrypt(TEXT, CONTEXT)]);
}
