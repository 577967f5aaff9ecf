import { type Keyring, KeyringError } from '../../lib/keyring.js';
import { BootCheckError } from '../../database/login-check.js';
import type { ServiceDatabase } from '../../database/service-database.js';
import { openHeaders, openSecret } from './webhook-secrets.js';

/*
 * With which keys of SECRETS_KEYS the secrets and headers of webhooks are encrypted: each box begins with the id of its key, so the database
 * can tell without opening any.
 */

type Database = Pick<ServiceDatabase, 'query'>;

export interface KeyInUse {
  id: string;
  /** Secrets and headers that it encrypts. */
  boxes: number;
}

/** The id of the key of a box, as SQL. */
export const keyIdSql = (box: string) => `encode(substring(${box} from 2 for get_byte(${box}, 0)), 'escape')`;

/** Every box of every webhook that is not deleted: those of deleted ones sign nothing any more. */
const BOXES_SQL = /* sql */ `
select w.id, w.agency_id, b.purpose, b.box, ${keyIdSql('b.box')} as key
from webhooks w cross join lateral (values ('secret', w.secret), ('secret', w.previous_secret), ('headers', w.headers)) as b (purpose, box)
where b.box is not null and w.deleted_at is null`;

interface BoxRow {
  id: string;
  agency_id: string;
  purpose: 'secret' | 'headers';
  box: Buffer;
}

/** The keys in use, by id. */
export function keysInUse(database: Database): Promise<KeyInUse[]> {
  return database.query<KeyInUse>(
    `select key as id, count(*)::int as boxes from (${BOXES_SQL}) as boxes group by key order by key`,
  );
}

/** Throws BootCheckError when the ring lacks a key in use, or has another one under its name. */
export async function checkSealed(database: Database, keyring: Keyring): Promise<void> {
  for (const { id, boxes } of await keysInUse(database)) {
    const count = `${boxes} stored ${boxes === 1 ? 'secret is' : 'secrets are'} encrypted`;
    if (!keyring.hasKey(id))
      throw new BootCheckError(`SECRETS_KEYS lacks the key ${id}, with which ${count}. ${ADVICE}`);
    const [sample] = await database.query<BoxRow>(`select * from (${BOXES_SQL}) as boxes where key = $1 limit 1`, [id]);
    if (sample && !opens(keyring, sample))
      throw new BootCheckError(`The key ${id} in SECRETS_KEYS is not the one with which ${count}. ${ADVICE}`);
  }
}

const ADVICE = 'Put it back; docs/operating.md says how keys are changed.';

function opens(keyring: Keyring, { id: webhookId, agency_id: agencyId, purpose, box: sealed }: BoxRow): boolean {
  try {
    const open = purpose === 'secret' ? openSecret : openHeaders;
    open(keyring, { agencyId, webhookId }, sealed);
    return true;
  } catch (error) {
    if (error instanceof KeyringError) return false;
    throw error;
  }
}
