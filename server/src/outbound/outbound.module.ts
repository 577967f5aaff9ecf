import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ENV, type Env } from '../config/env.js';
import { compileAddressPolicy, type AddressRules } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';
import { GuardedHttp } from './guarded-http.js';
import { makeMailer, Mailer } from './mailer.js';
import { ownAddresses } from './own-addresses.js';

/** Allowed addresses, for the check when an address is saved; the client applies them at every connection. */
export const ADDRESS_RULES = Symbol('ADDRESS_RULES');

/** In the demo webhooks may point to this machine; anywhere else only where ALLOWED_PRIVATE_CIDRS says so. */
const DEMO_CIDRS = ['127.0.0.0/8', '::1/128'];

/** A client for the keys of the identity provider, with its own size limit and timeout. */
export const KEYS_CLIENT = Symbol('KEYS_CLIENT');

const KEYS_LIMIT_BYTES = 262_144;
const KEYS_TIMEOUT_MS = 5_000;

/** Everything that leaves the server: HTTP and mail. */
@Global()
@Module({
  providers: [
    {
      provide: ADDRESS_RULES,
      inject: [ENV],
      useFactory: (env: Env): AddressRules => {
        const cidrs = env.allowedPrivateCidrs ?? (env.databaseUrl === null ? DEMO_CIDRS : []);
        return compileAddressPolicy(cidrs, { ownAddresses: ownAddresses() });
      },
    },
    {
      provide: GuardedClient,
      inject: [ENV, ADDRESS_RULES],
      useFactory: (env: Env, rules: AddressRules) =>
        new GuardedClient({
          rules,
          dnsServers: env.dnsServers,
          attemptTimeoutMs: env.attemptTimeoutMs,
          // Webhooks of many agencies share hosts (hooks.zapier.com): with less, hanging ones would block others.
          connectionsPerOrigin: env.maxInFlight,
          connectionMaxAgeMs: env.connectionMaxAgeMs,
        }),
    },
    {
      provide: KEYS_CLIENT,
      inject: [ENV, ADDRESS_RULES],
      useFactory: ({ dnsServers, connectionMaxAgeMs }: Env, rules: AddressRules) =>
        new GuardedClient({
          rules,
          dnsServers,
          connectionMaxAgeMs,
          attemptTimeoutMs: KEYS_TIMEOUT_MS,
          responseLimitBytes: KEYS_LIMIT_BYTES,
          connectionsPerOrigin: 1,
        }),
    },
    GuardedHttp,
    {
      provide: Mailer,
      inject: [ENV],
      useFactory: ({ smtpUrl, alertFrom: from, databaseUrl, dataDir }: Env) =>
        makeMailer({ smtpUrl, from, folder: databaseUrl === null ? join(dataDir, 'mailbox') : null }),
    },
  ],
  exports: [ADDRESS_RULES, GuardedClient, KEYS_CLIENT, GuardedHttp, Mailer],
})
export class OutboundModule implements OnApplicationShutdown {
  constructor(
    private readonly client: GuardedClient,
    @Inject(KEYS_CLIENT) private readonly keysClient: GuardedClient,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.client.close(), this.keysClient.close()]);
  }
}
