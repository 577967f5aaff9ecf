import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../lib/keyring.js';
import { checkLogin } from './login-check.js';
import { checkCanary } from './secrets-canary.js';
import { ServiceDatabase } from './service-database.js';
import { checkTables } from './tenancy-check.js';

/** What must hold before the first request: the tenants' rows are guarded, and the keys are those of this database. */
@Injectable()
export class BootChecks implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  async onModuleInit(): Promise<void> {
    await checkLogin((sql) => this.database.query(sql));
    await checkTables((sql) => this.database.query(sql));
    // Another key than the one that sealed the stored secrets would only be noticed at the first delivery.
    await checkCanary(this.database, this.keyring);
  }
}
