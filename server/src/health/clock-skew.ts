import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ServiceDatabase } from '../database/service-database.js';
import { type Health, HealthIndicators } from './health-indicators.js';

/** Receivers refuse what was signed 5 minutes before or after their time; leases and plans are by the database's. */
export const MAX_SKEW_MS = 30_000;

/** How far the clock of this process is from the database's. */
@Injectable()
export class ClockSkew implements OnModuleInit {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    this.indicators.register('clock', () => this.health());
  }

  /** Milliseconds; positive: this process is ahead. Rejects while the database is unavailable. */
  async measure(now: () => number = Date.now): Promise<number> {
    const askedMs = now();
    const [row] = await this.database.query<{ ms: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
    );
    return (askedMs + now()) / 2 - row!.ms;
  }

  /** Always ok: a wrong clock concerns operators, and none of the processes would be left if it is the database's. */
  async health(now?: () => number): Promise<Health> {
    const skewMs = await this.measure(now).catch(() => 0);
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return { ok: true };
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    return { ok: true, detail: `the clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the database’s` };
  }
}
