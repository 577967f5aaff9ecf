import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { OUTBOUND_TUNNEL } from '../outbound/guarded-client.module.js';
import type { ProxyTunnel } from '../outbound/proxy-tunnel.js';
import { type Health, HealthIndicators } from './health-indicators.js';

const TIMEOUT_MS = 1_000;
/** How long a result is reused. */
const EVERY_MS = 10_000;

/** Whether the proxy of OUTBOUND_PROXY can be used. */
@Injectable()
export class ProxyHealth implements OnModuleInit {
  #asked: { atMs: number; trouble: Promise<string | null> } | null = null;

  constructor(
    @Inject(OUTBOUND_TUNNEL) private readonly tunnel: ProxyTunnel | null,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    const { tunnel } = this;
    if (tunnel) this.indicators.register('outbound_proxy', () => this.#health(tunnel));
  }

  /** Always ok: without the proxy events are still accepted, and their deliveries wait. */
  async #health(tunnel: ProxyTunnel): Promise<Health> {
    if (!this.#asked || Date.now() - this.#asked.atMs > EVERY_MS)
      this.#asked = { atMs: Date.now(), trouble: tunnel.trouble(TIMEOUT_MS) };
    const detail = await this.#asked.trouble;
    return detail === null ? { ok: true } : { ok: true, detail };
  }
}
