import { Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { Reason } from '../model/reasons.js';
import type { SettleRow } from './queue/settle-sql.js';

/** States in which an attempt can end a delivery. */
const ENDS = ['delivered', 'failed', 'skipped', 'cancelled'] as const;
type End = (typeof ENDS)[number];

/**
 * Counters of this process: plain numbers per delivery and one observation per statement. EngineMetrics exposes them on
 * request.
 */
@Injectable()
export class EngineCounts {
  accepted = 0;
  readonly attempts = new Map<Reason, number>();
  readonly ended: Record<End, number> = { delivered: 0, failed: 0, skipped: 0, cancelled: 0 };
  readonly statements = new Histogram({
    name: 'bpoc_statement_seconds',
    help: 'How long the statements of the engine take, waiting for a connection included.',
    labelNames: ['statement'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [],
  });

  /** Runs a statement and records its duration, also if it fails. */
  async timed<T>(statement: 'intake' | 'claim' | 'settle', work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.statements.observe({ statement }, (performance.now() - began) / 1000);
    }
  }

  /** `rows[n]` is the row settle returned for `records[n]`. A late result counts as an attempt, but ends nothing. */
  settled(records: readonly AttemptRecord[], rows: readonly SettleRow[]): void {
    for (const [index, { outcome, delivery }] of records.entries()) {
      this.attempts.set(outcome.reason, (this.attempts.get(outcome.reason) ?? 0) + 1);
      const { state } = rows[index]!;
      if (state in this.ended) this.ended[state as End] += delivery.group?.members.length ?? 1;
    }
  }
}
