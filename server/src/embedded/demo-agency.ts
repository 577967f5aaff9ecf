import type { INestApplicationContext } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { User } from '../agencies/user.entity.js';
import { ApiKey } from '../auth/keys/api-key.entity.js';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import type { ServiceScope } from '../auth/role.js';
import { setPassword } from '../auth/sessions/accounts.service.js';
import { hashPassword } from '../auth/sessions/password.js';
import { randomText } from '../auth/tokens.js';
import { uuidv7 } from '../lib/ids.js';
import { lockName } from '../database/advisory-lock.js';
import { ServiceDatabase } from '../database/service-database.js';
import { Provisioning } from '../agencies/provisioning.service.js';

/** Credentials with which to try everything. */
export interface DemoAccess {
  agencyId: string;
  email: string;
  password: string;
  /** Role admin. */
  apiKey: string;
  /** Scopes publish, agencies and erase, for all agencies. */
  serviceToken: string;
}

const NAME = 'Demo agency';
const EMAIL = 'demo@bpoc.example';

/** Where the credentials are kept, because the database has only hashes. */
interface DemoKeeper {
  isKept: () => boolean;
  /** null: nothing was created. */
  keep: (access: DemoAccess | null) => Promise<void>;
}

/**
 * Creates the agency of the demo, which exists only in the embedded database, and returns its credentials; null if it
 * exists already. If its credentials were lost (the file is gone), it gets a new password, key and token. `isKept` and
 * `keep` run under the lock: of two processes that start at once, the second one finds what the first one kept.
 */
export async function createDemoAgency(
  app: INestApplicationContext,
  { isKept, keep }: DemoKeeper,
): Promise<DemoAccess | null> {
  return app.get(ServiceDatabase).transaction(async (manager) => {
    await lockName(manager, 'bpoc_demo');
    const present = await manager.findOne(User, { where: { email: EMAIL }, order: { id: 'ASC' } });
    if (present && isKept()) {
      await keep(null);
      return null;
    }
    const agencyId = present?.agencyId ?? uuidv7();
    // 120 bits, and still short enough to type. Hashed only here, because that takes a quarter of a second of CPU.
    const password = randomText().slice(0, 20);
    const hash = await hashPassword(password);
    const wanted = { id: agencyId, name: NAME, owner: { email: EMAIL, name: 'Demo owner' } };
    const { owner } = await app.get(Provisioning).provisionIn(manager, wanted, null);
    await setPassword(manager, { id: owner.id, agencyId }, hash);
    const access = { agencyId, email: EMAIL, password, ...(await issueKeys(app.get(ApiKeys), manager, agencyId)) };
    await keep(access);
    return access;
  });
}

async function issueKeys(
  keys: ApiKeys,
  manager: EntityManager,
  agencyId: string,
): Promise<Pick<DemoAccess, 'apiKey' | 'serviceToken'>> {
  const about = { name: 'Demo', createdBy: 'npm start' };
  // Revokes those whose file was lost.
  await manager.update(ApiKey, { ...about, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
  const key = await keys.issueKey(manager, { ...about, agencyId, role: 'admin' });
  const scopes: ServiceScope[] = ['publish', 'agencies', 'erase'];
  const service = await keys.issueServiceToken(manager, { ...about, scopes, agencyIds: null });
  return { apiKey: key.token, serviceToken: service.token };
}
