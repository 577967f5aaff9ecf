import { Keyring, KeyringError } from '../../lib/keyring.js';
import { BootCheckError } from '../../database/boot-checks.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { decryptAddress, decryptAlertAddress, decryptHeaders, decryptSecret } from './webhook-secrets.js';
import { Injectable, type OnModuleInit } from '@nestjs/common';

/*
 * Which keys of SECRETS_KEYS encrypt the secrets, headers and addresses of webhooks. Each ciphertext starts with the id
 * of its key, so the database can tell without decrypting.
 */

type Database = Pick<ServiceDatabase, 'query'>;

export interface KeyInUse {
  id: string;
  /** Number of secrets, headers and addresses it encrypts. */
  count: number;
}

/** SQL for the id of the key of a ciphertext. */
export const keyIdSql = (column: string) => `encode(substring(${column} from 2 for get_byte(${column}, 0)), 'escape')`;

/** Every ciphertext of webhooks, their versions and alerts, except of deleted webhooks, which sign nothing. */
const ENCRYPTED_SQL = /* sql */ `
select w.id, w.agency_id, b.purpose, b.encrypted, ${keyIdSql('b.encrypted')} as key
from webhooks w cross join lateral (
  values ('secret', w.secret), ('secret', w.previous_secret), ('headers', w.headers), ('address', w.url)
) as b (purpose, encrypted)
where b.encrypted is not null and w.deleted_at is null
union all
select v.webhook_id, v.agency_id, 'address', v.url, ${keyIdSql('v.url')}
from webhook_versions v where v.url is not null
union all
select a.webhook_id, a.agency_id, 'alert_address', a.url, ${keyIdSql('a.url')}
from webhook_alerts a join webhooks w on w.id = a.webhook_id where a.url is not null and w.deleted_at is null`;

const DECRYPT = {
  secret: decryptSecret,
  headers: decryptHeaders,
  address: decryptAddress,
  alert_address: decryptAlertAddress,
};

interface EncryptedRow {
  id: string;
  agency_id: string;
  purpose: keyof typeof DECRYPT;
  encrypted: Buffer;
}

/** The keys in use, by id. */
export function keysInUse(database: Database): Promise<KeyInUse[]> {
  return database.query<KeyInUse>(
    `select key as id, count(*)::int as count from (${ENCRYPTED_SQL}) as v group by key order by key`,
  );
}

/** Throws BootCheckError if the keyring lacks a key in use, or has a different key of that id. */
export async function checkEncrypted(database: Database, keyring: Keyring): Promise<void> {
  for (const { id, count } of await keysInUse(database)) {
    const what = `${count} stored ${count === 1 ? 'secret is' : 'secrets are'} encrypted`;
    if (!keyring.hasKey(id))
      throw new BootCheckError(`SECRETS_KEYS lacks the key ${id}, with which ${what}. ${ADVICE}`);
    const [sample] = await database.query<EncryptedRow>(
      `select * from (${ENCRYPTED_SQL}) as v where key = $1 limit 1`,
      [id],
    );
    if (sample && !decrypts(keyring, sample))
      throw new BootCheckError(`The key ${id} in SECRETS_KEYS is not the one with which ${what}. ${ADVICE}`);
  }
}

const ADVICE = 'Put it back; docs/operating.md says how keys are changed.';

function decrypts(keyring: Keyring, { id: webhookId, agency_id: agencyId, purpose, encrypted }: EncryptedRow): boolean {
  try {
    DECRYPT[purpose](keyring, { agencyId, webhookId }, encrypted);
    return true;
  } catch (error) {
    if (error instanceof KeyringError) return false;
    throw error;
  }
}

/** Refuses to start when the keyring lacks a key in use: every delivery of such a webhook would fail. */
@Injectable()
export class EncryptedSecretsCheck implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  onModuleInit(): Promise<void> {
    return checkEncrypted(this.database, this.keyring);
  }
}
