import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Keyring } from '../lib/keyring.js';
import { BootChecks } from './boot-checks.js';
import { dataSourceOptions, SERVICE, type EntityClass } from './data-source.js';
import { DATABASE, type DatabaseSettings } from './database-settings.js';
import { Notifications } from './notifications.js';
import { ServiceDatabase } from './service-database.js';
import { TenantTransaction } from './tenant-transaction.js';

interface DatabaseModuleOptions {
  settings: DatabaseSettings;
  keyring: Keyring;
  entities: EntityClass[];
}

/** The tenant and service pools, the keyring, and the boot checks. */
@Global()
@Module({})
export class DatabaseModule {
  static forRoot({ settings, keyring, entities }: DatabaseModuleOptions): DynamicModule {
    const { url, directUrl, poolSize, connectTimeoutMs } = settings;
    const common = { entities, poolSize, connectTimeoutMs };
    return {
      module: DatabaseModule,
      imports: [
        // A pool that cannot connect fails the start immediately, and main prints the reason.
        TypeOrmModule.forRoot({ ...dataSourceOptions({ ...common, url, role: 'bpoc_tenant' }), retryAttempts: 0 }),
        TypeOrmModule.forRoot({
          ...dataSourceOptions({ ...common, url: directUrl, role: 'bpoc_service' }),
          name: SERVICE,
          retryAttempts: 0,
        }),
      ],
      providers: [
        { provide: DATABASE, useValue: settings },
        { provide: Keyring, useValue: keyring },
        Notifications,
        ServiceDatabase,
        TenantTransaction,
        BootChecks,
      ],
      exports: [DATABASE, Keyring, Notifications, ServiceDatabase, TenantTransaction],
    };
  }
}
