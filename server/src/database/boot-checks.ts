import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Keyring } from '../lib/keyring.js';
import { checkLogin } from './login-check.js';
import { checkCanary } from './secrets-canary.js';
import { ServiceDatabase } from './service-database.js';
import { checkTables } from './tenancy-check.js';

/** Checks before the first request: tenant isolation is in force, and the keys belong to this database. */
@Injectable()
export class BootChecks implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  async onModuleInit(): Promise<void> {
    await checkLogin((sql) => this.database.query(sql));
    await checkTables((sql) => this.database.query(sql));
    // A wrong key would otherwise go unnoticed until the first delivery.
    await checkCanary(this.database, this.keyring);
  }
}
