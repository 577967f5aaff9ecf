import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { atMostEvery } from '../lib/with-timeout.js';
import { OUTBOUND_TUNNEL } from '../outbound/guarded-client.module.js';
import type { ProxyTunnel } from '../outbound/proxy-tunnel.js';
import { type Health, HealthIndicators } from './health-indicators.js';

const TIMEOUT_MS = 1_000;
/** How long a result is reused. */
const EVERY_MS = 10_000;

/** Whether the proxy of OUTBOUND_PROXY can be used. */
@Injectable()
export class ProxyHealth implements OnModuleInit {
  constructor(
    @Inject(OUTBOUND_TUNNEL) private readonly tunnel: ProxyTunnel | null,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    const { tunnel } = this;
    if (!tunnel) return;
    const trouble = atMostEvery(EVERY_MS, () => tunnel.trouble(TIMEOUT_MS));
    this.indicators.register('outbound_proxy', () => healthOf(trouble()));
  }
}

/** Always ok: without the proxy events are still accepted, and their deliveries wait. */
async function healthOf(trouble: Promise<string | null>): Promise<Health> {
  const detail = await trouble;
  return detail === null ? { ok: true } : { ok: true, detail };
}
