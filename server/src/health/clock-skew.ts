import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ServiceDatabase } from '../database/service-database.js';
import { withTimeout } from '../lib/with-timeout.js';
import { type Health, HealthIndicators } from './health-indicators.js';

/** Receivers refuse signatures that are 5 minutes off; leases and retry plans use the clock of the database. */
export const MAX_SKEW_MS = 30_000;

/** Probes and scrapes wait only a few seconds, and a query to a dead peer fails only after 10. */
const TIMEOUT_MS = 2_000;

/** How far the clock of this process is from that of the database. */
@Injectable()
export class ClockSkew implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    this.indicators.register('clock', () => this.health());
  }

  /** Milliseconds; positive: this process is ahead. null while the database is unavailable. */
  measure(now: () => number = Date.now): Promise<number | null> {
    return withTimeout(
      this.#ask(now).catch(() => null),
      TIMEOUT_MS,
      null,
    );
  }

  async #ask(now: () => number): Promise<number> {
    const askedMs = now();
    const [row] = await this.database.query<{ ms: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
    );
    return (askedMs + now()) / 2 - row!.ms;
  }

  /** Always ok: a wrong clock is for operators to fix, and if it is the database's, no process would be left. */
  async health(now?: () => number): Promise<Health> {
    const skewMs = (await this.measure(now)) ?? 0;
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return { ok: true };
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    return { ok: true, detail: `the clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the database’s` };
  }
}
