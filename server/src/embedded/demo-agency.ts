import type { INestApplicationContext } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { User } from '../agencies/user.entity.js';
import { ApiKey } from '../auth/keys/api-key.entity.js';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import { setPassword } from '../auth/sessions/accounts.service.js';
import { hashPassword } from '../auth/sessions/password.js';
import { randomText } from '../auth/tokens.js';
import { uuidv7 } from '../lib/ids.js';
import { lockName } from '../database/advisory-lock.js';
import { ServiceDatabase } from '../database/service-database.js';
import { Provisioning } from '../agencies/provisioning.service.js';

/** The credentials to try everything. */
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

/** Where the credentials are kept, since the database has only hashes. */
interface DemoKeeper {
  isKept: () => boolean;
  /** null: nothing was created. */
  keep: (access: DemoAccess | null) => Promise<void>;
}

/** The agency that `npm start` creates in the embedded database, never in an external one. */
export class DemoAgency {
  private readonly database: ServiceDatabase;
  private readonly provisioning: Provisioning;
  private readonly keys: ApiKeys;

  constructor(app: INestApplicationContext) {
    this.database = app.get(ServiceDatabase);
    this.provisioning = app.get(Provisioning);
    this.keys = app.get(ApiKeys);
  }

  /**
   * Creates the demo agency and returns its credentials, or null when it exists. If they were lost (the file is gone),
   * it gets a new password, key and token. `isKept` and `keep` run under the lock: of two processes that start at once
   * the second finds what the first kept.
   */
  async create({ isKept, keep }: DemoKeeper): Promise<DemoAccess | null> {
    return this.database.transaction(async (manager) => {
      await lockName(manager, 'bpoc_demo');
      const present = await manager.findOne(User, { where: { email: EMAIL }, order: { id: 'ASC' } });
      if (present && isKept()) {
        await keep(null);
        return null;
      }
      const agencyId = present?.agencyId ?? uuidv7();
      // 120 bits, and still short enough to type. Hashed only here: that takes a quarter of a second of CPU.
      const password = randomText().slice(0, 20);
      const hash = await hashPassword(password);
      const wanted = { id: agencyId, name: NAME, owner: { email: EMAIL, name: 'Demo owner' } };
      const { owner } = await this.provisioning.provisionIn(manager, wanted, null);
      await setPassword(manager, { id: owner.id, agencyId }, hash);
      const access = { agencyId, email: EMAIL, password, ...(await this.#issueKeys(manager, agencyId)) };
      await keep(access);
      return access;
    });
  }

  async #issueKeys(manager: EntityManager, agencyId: string): Promise<Pick<DemoAccess, 'apiKey' | 'serviceToken'>> {
    const about = { name: 'Demo', createdBy: 'npm start' };
    // Revokes those of a lost file.
    await manager.update(ApiKey, { ...about, revokedAt: IsNull() }, { revokedAt: () => 'now()' });
    const key = await this.keys.issueKey(manager, { ...about, agencyId, role: 'admin' });
    const service = await this.keys.issueServiceToken(manager, {
      ...about,
      scopes: ['publish', 'agencies', 'erase'],
      agencyIds: null,
    });
    return { apiKey: key.token, serviceToken: service.token };
  }
}
