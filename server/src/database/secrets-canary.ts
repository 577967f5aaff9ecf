import { type Keyring, KeyringError, keyIdOf } from '../lib/keyring.js';
import { BootCheckError } from './login-check.js';
import type { ServiceDatabase } from './service-database.js';

/* One sealed word that everybody knows: it tells a wrong key from the right one while nothing else is encrypted yet. */

const TEXT = 'bpoc-webhooks';
const PLACE = 'canary';

type Database = Pick<ServiceDatabase, 'query'>;

/** Seals the word the first time, and throws BootCheckError when it does not open later. */
export async function checkCanary(database: Database, keyring: Keyring): Promise<void> {
  await database.query('insert into secrets_canary (value) values ($1) on conflict do nothing', [
    keyring.encrypt(TEXT, PLACE),
  ]);
  const [canary] = await database.query<{ value: Buffer }>('select value from secrets_canary');
  try {
    if (keyring.decrypt(canary!.value, PLACE) === TEXT) return;
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
  }
  throw new BootCheckError(
    `SECRETS_KEYS does not hold the key that the stored secrets were encrypted with (${keyIdOf(canary!.value)}). docs/operating.md says how keys are changed.`,
  );
}

/** Seals the word with the first key of the ring, which must hold the key it was sealed with. */
export async function resealCanary(database: Database, keyring: Keyring): Promise<void> {
  await checkCanary(database, keyring);
  await database.query('update secrets_canary set value = $1', [keyring.encrypt(TEXT, PLACE)]);
}
