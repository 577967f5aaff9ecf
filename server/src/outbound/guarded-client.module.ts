import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { ENV, type Env } from '../config/env.js';
import type { OutboundProxy } from '../config/outbound-proxy.js';
import { type AddressRules, compileAddressRules } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';
import { ProxyTunnel } from './proxy-tunnel.js';

/** The `AddressRules`, for the check when an address is saved. The client applies them at every connection. */
export const ADDRESS_RULES = Symbol('ADDRESS_RULES');

/** The `ProxyTunnel` of OUTBOUND_PROXY, or null. */
export const OUTBOUND_TUNNEL = Symbol('OUTBOUND_TUNNEL');

/** In the demo, webhooks may point to this machine; elsewhere only if ALLOWED_PRIVATE_CIDRS says so. */
const DEMO_CIDRS = ['127.0.0.0/8', '::1/128'];

/** Separate from OutboundModule, whose HttpModule imports the client. */
@Module({
  providers: [
    {
      provide: ADDRESS_RULES,
      inject: [ENV],
      useFactory: async (env: Env): Promise<AddressRules> => {
        const cidrs = env.allowedPrivateCidrs ?? (env.databaseUrl === null ? DEMO_CIDRS : []);
        return compileAddressRules(cidrs, await ownAddresses(env.outboundProxy));
      },
    },
    {
      provide: OUTBOUND_TUNNEL,
      inject: [ENV],
      useFactory: ({ outboundProxy }: Env) => outboundProxy && new ProxyTunnel(outboundProxy),
    },
    {
      provide: GuardedClient,
      inject: [ENV, ADDRESS_RULES, OUTBOUND_TUNNEL],
      useFactory: (env: Env, rules: AddressRules, proxy: ProxyTunnel | null) =>
        new GuardedClient({
          rules,
          proxy,
          dnsServers: env.dnsServers,
          attemptTimeoutMs: env.attemptTimeoutMs,
          // Webhooks of many agencies share hosts (hooks.zapier.com): with fewer, hanging ones would block the others.
          connectionsPerOrigin: env.maxInFlight,
          connectionMaxAgeMs: env.connectionMaxAgeMs,
        }),
    },
  ],
  exports: [ADDRESS_RULES, OUTBOUND_TUNNEL, GuardedClient],
})
export class GuardedClientModule implements OnApplicationShutdown {
  constructor(private readonly client: GuardedClient) {}

  onApplicationShutdown(): Promise<void> {
    return this.client.close();
  }
}

/**
 * The addresses that no webhook may reach: those of this machine, even if public, and those of the proxy, which would
 * connect to itself. The proxy's are left out if its name cannot be resolved now.
 */
export async function ownAddresses(proxy: OutboundProxy | null): Promise<string[]> {
  const ofMachine = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // Resolved by the system, as for every request to the proxy.
  const ofProxy = proxy ? await lookup(proxy.host, { all: true }).catch(() => []) : [];
  return [...ofMachine, ...ofProxy].map(({ address }) => address);
}
