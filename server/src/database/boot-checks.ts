import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CryptoBox, CryptoBoxError } from '../common/crypto-box.js';
import { BootCheckError, checkLogin } from './login-check.js';
import { ServiceDatabase } from './service-database.js';
import { checkTables } from './tenancy-check.js';

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
    await checkLogin((sql) => this.database.query(sql));
    await checkTables((sql) => this.database.query(sql));
    await this.#checkKeys();
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
