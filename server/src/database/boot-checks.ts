import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CryptoBox, CryptoBoxError } from '../common/crypto-box.js';
import { ServiceDatabase } from './service-database.js';

/** The server does not serve with this database or these keys; the message is for the operator. */
export class BootCheckError extends Error {}

const CANARY_TEXT = 'bpoc-webhooks';
const CANARY_PLACE = 'canary';

/** What must hold before the first request: the tenants' rows are guarded, and the keys open what they closed. */
@Injectable()
export class BootChecks implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly box: CryptoBox,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.#checkLogin();
    await this.#checkTables();
    await this.#checkKeys();
  }

  /** A superuser, a role with BYPASSRLS, or one that inherits its roles' rights would see every agency's rows. */
  async #checkLogin(): Promise<void> {
    const [login] = await this.database.query<{
      name: string;
      superuser: boolean;
      bypasses: boolean;
      inherits: boolean;
    }>(
      `select rolname as name, rolsuper as superuser, rolbypassrls as bypasses, pg_has_role(session_user, 'bpoc_service', 'usage') as inherits
       from pg_roles where rolname = session_user`,
    );
    if (!login) throw new BootCheckError('the database does not tell who is logged in');
    const faults = [
      login.superuser && 'is a superuser',
      login.bypasses && 'bypasses row-level security',
      login.inherits && 'inherits bpoc_service',
    ];
    const named = faults.filter(Boolean).join(' and ');
    if (named)
      throw new BootCheckError(
        `the database role ${login.name} ${named}: agencies would not be kept apart (docs/operating.md says how to make the role)`,
      );
  }

  async #checkTables(): Promise<void> {
    const open = await this.database.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'agency_id' and not a.attisdropped
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)`,
    );
    if (open.length > 0)
      throw new BootCheckError(
        `row-level security is not on and forced for: ${open.map((table) => table.name).join(', ')}`,
      );
  }

  /** Another key than the one that sealed the stored secrets would only be noticed at the first delivery. */
  async #checkKeys(): Promise<void> {
    await this.database.query('insert into secrets_canary (value) values ($1) on conflict do nothing', [
      this.box.seal(CANARY_TEXT, CANARY_PLACE),
    ]);
    const [canary] = await this.database.query<{ value: Buffer }>('select value from secrets_canary');
    try {
      if (this.box.open(canary!.value, CANARY_PLACE) === CANARY_TEXT) return;
    } catch (error) {
      if (!(error instanceof CryptoBoxError)) throw error;
    }
    throw new BootCheckError('SECRETS_KEYS does not hold the key that the stored secrets were encrypted with');
  }
}
