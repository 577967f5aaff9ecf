import type { INestApplicationContext } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiKeys } from '../auth/keys/api-keys.service.js';
import { hashPassword } from '../auth/sessions/password.js';
import { randomText } from '../auth/tokens.js';
import { uuidv7 } from '../lib/ids.js';
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

interface PresentRow {
  agency_id: string;
}

/** Where the credentials are kept, since the database has only hashes. */
export interface DemoKeeper {
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
    // 120 bits, and still short enough to type.
    const password = randomText().slice(0, 20);
    const hash = await hashPassword(password);
    return this.database.transaction(async (manager) => {
      await manager.query('select pg_advisory_xact_lock(hashtext($1))', ['bpoc_demo']);
      const [present] = (await manager.query('select agency_id from users where email = $1 order by id', [
        EMAIL,
      ])) as PresentRow[];
      if (present && isKept()) {
        await keep(null);
        return null;
      }
      const agencyId = present?.agency_id ?? uuidv7();
      const wanted = { id: agencyId, name: NAME, owner: { email: EMAIL, name: 'Demo owner' } };
      const { owner } = await this.provisioning.provisionIn(manager, wanted, null);
      await setPassword(manager, owner.id, hash);
      const access = { agencyId, email: EMAIL, password, ...(await this.#issueKeys(manager, agencyId)) };
      await keep(access);
      return access;
    });
  }

  async #issueKeys(manager: EntityManager, agencyId: string): Promise<Pick<DemoAccess, 'apiKey' | 'serviceToken'>> {
    const about = { name: 'Demo', createdBy: 'npm start' };
    // Revokes those of a lost file.
    await manager.query(
      `update api_keys set revoked_at = now() where name = $1 and created_by = $2 and revoked_at is null`,
      [about.name, about.createdBy],
    );
    const key = await this.keys.issueKey(manager, { ...about, agencyId, role: 'admin' });
    const service = await this.keys.issueServiceToken(manager, {
      ...about,
      scopes: ['publish', 'agencies', 'erase'],
      agencyIds: null,
    });
    return { apiKey: key.token, serviceToken: service.token };
  }
}

async function setPassword(manager: EntityManager, userId: string, hash: string): Promise<void> {
  await manager.query(
    'update users set password_hash = $2, invite_hash = null, invite_expires_at = null where id = $1',
    [userId, hash],
  );
}
