import { join } from 'node:path';
import { HttpModule } from '@nestjs/axios';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ENV, type Env } from '../config/env.js';
import type { AddressRules } from './address-guard.js';
import { AppLinks } from './app-links.js';
import { ADDRESS_RULES, GuardedClientModule, OUTBOUND_TUNNEL } from './guarded-client.module.js';
import { GuardedClient } from './guarded-client.js';
import { GuardedHttp, guardedOptions } from './guarded-http.js';
import { MailOutbox } from './mail-outbox.js';
import { makeMailer, Mailer } from './mailer.js';
import type { ProxyTunnel } from './proxy-tunnel.js';

/** A client for the keys of the identity provider, with its own size limit and timeout. */
export const KEYS_CLIENT = Symbol('KEYS_CLIENT');

const KEYS_LIMIT_BYTES = 262_144;
const KEYS_TIMEOUT_MS = 5_000;

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
    {
      provide: KEYS_CLIENT,
      inject: [ENV, ADDRESS_RULES, OUTBOUND_TUNNEL],
      useFactory: ({ dnsServers, connectionMaxAgeMs }: Env, rules: AddressRules, proxy: ProxyTunnel | null) =>
        new GuardedClient({
          rules,
          proxy,
          dnsServers,
          connectionMaxAgeMs,
          attemptTimeoutMs: KEYS_TIMEOUT_MS,
          responseLimitBytes: KEYS_LIMIT_BYTES,
          connectionsPerOrigin: 1,
        }),
    },
    GuardedHttp,
    AppLinks,
    MailOutbox,
    {
      provide: Mailer,
      inject: [ENV],
      useFactory: ({ smtpUrl, alertFrom: from, databaseUrl, dataDir }: Env) =>
        makeMailer({ smtpUrl, from, folder: databaseUrl === null ? join(dataDir, 'mailbox') : null }),
    },
  ],
  exports: [GuardedClientModule, KEYS_CLIENT, GuardedHttp, AppLinks, MailOutbox, Mailer],
})
export class OutboundModule implements OnApplicationShutdown {
  constructor(@Inject(KEYS_CLIENT) private readonly keysClient: GuardedClient) {}

  onApplicationShutdown(): Promise<void> {
    return this.keysClient.close();
  }
}
