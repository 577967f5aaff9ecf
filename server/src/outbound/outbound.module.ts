import { join } from 'node:path';
import { HttpModule } from '@nestjs/axios';
import { Global, Module } from '@nestjs/common';
import { ENV, type Env } from '../config/env.js';
import { AppLinks } from './app-links.js';
import { GuardedClientModule } from './guarded-client.module.js';
import { GuardedClient } from './guarded-client.js';
import { GuardedHttp, guardedOptions } from './guarded-http.js';
import { MailOutbox } from './mail-outbox.js';
import { Mailer } from './mailer.js';

/** Everything that leaves the server: HTTP and mail. HttpModule is not exported: others send through GuardedHttp. */
@Global()
@Module({
  imports: [
    GuardedClientModule,
    HttpModule.registerAsync({
      imports: [GuardedClientModule],
      inject: [GuardedClient],
      useFactory: guardedOptions,
    }),
  ],
  providers: [
    GuardedHttp,
    AppLinks,
    MailOutbox,
    {
      provide: Mailer,
      inject: [ENV],
      useFactory: ({ smtpUrl, alertFrom: from, databaseUrl, dataDir }: Env) =>
        new Mailer({ smtpUrl, from, folder: databaseUrl === null ? join(dataDir, 'mailbox') : null }),
    },
  ],
  exports: [GuardedClientModule, GuardedHttp, AppLinks, MailOutbox, Mailer],
})
export class OutboundModule {}
