import { Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { AgenciesModule } from './agencies/agencies.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { Keyring } from './lib/keyring.js';
import { EnvModule } from './config/env.module.js';
import type { Env } from './config/env.js';
import { DatabaseModule } from './database/database.module.js';
import type { DatabaseSettings } from './database/database-settings.js';
import { ENTITIES } from './entities.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NatsModule } from './nats/nats.module.js';
import { OutboundModule } from './outbound/outbound.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

interface AppModuleOptions {
  env: Env;
  database: DatabaseSettings;
  keyring: Keyring;
}

@Module({})
export class AppModule {
  static forRoot({ env, database, keyring }: AppModuleOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EnvModule.forRoot(env),
        DatabaseModule.forRoot({ settings: database, keyring, entities: ENTITIES }),
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        AuditModule,
        AuthModule,
        AgenciesModule,
        OutboundModule,
        MailModule,
        MetricsModule,
        EventsModule,
        NatsModule,
        WebhooksModule,
        HealthModule,
      ],
    };
  }
}
