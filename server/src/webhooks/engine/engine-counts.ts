import { Injectable } from '@nestjs/common';
import { Histogram, type Metric } from 'prom-client';
import { uuidTime } from '../../lib/ids.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { Reason } from '../model/reasons.js';
import type { SettleRow } from './queue/settle-sql.js';

/** A delivery due that long after its event was accepted was asked for by a person: a past or a skipped event. */
const PAST_MS = 60_000;

/** States in which an attempt can end a delivery. */
const ENDS = ['delivered', 'failed', 'skipped', 'cancelled'] as const;
type End = (typeof ENDS)[number];
const OUTCOMES = ['succeeded', 'failed'] as const;

/**
 * Counters of this process. Each costs a delivery an addition, and a statement one observation; EngineMetrics turns
 * them into metrics when they are scraped.
 */
@Injectable()
export class EngineCounts {
  accepted = 0;
  /** Starts with zeros: Prometheus sees no increase in a series that begins at 1. */
  readonly attempts = new Map<Reason, number>([
    ['ok', 0],
    ['our_fault', 0],
    ['message_refused', 0],
  ]);
  readonly ended: Record<End, number> = { delivered: 0, failed: 0, skipped: 0, cancelled: 0 };
  readonly statements = new Histogram({
    name: 'bpoc_statement_seconds',
    help: 'How long the statements of the engine take, waiting for a connection included.',
    labelNames: ['statement'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [],
  });

  readonly firstRequests = new Durations(
    'bpoc_first_request_seconds',
    'From the event accepted to the first request of a delivery begun, by its outcome, without what a person had ' +
      'sent more than a minute later.',
    OUTCOMES,
  );
  readonly sent = new Durations(
    'bpoc_due_to_sent_seconds',
    'From when an attempt was due (accepted, planned or asked for) to its request begun, by its outcome.',
    OUTCOMES,
  );
  readonly answers = new Durations(
    'bpoc_answer_seconds',
    'How long receivers took, until the answer or its absence, by outcome.',
    OUTCOMES,
  );
  readonly settles = new Durations(
    'bpoc_settle_seconds',
    'From the end of a request to its result stored, by outcome.',
    OUTCOMES,
  );

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
    const nowMs = Date.now();
    for (const [index, { outcome, delivery, startedAtMs }] of records.entries()) {
      const { kind, timing } = outcome;
      const { attempt, dueMs } = delivery;
      const acceptedMs = attempt === 1 || dueMs == null ? uuidTime(delivery.eventId) : 0;
      const late = dueMs != null && dueMs - acceptedMs > PAST_MS;
      if (attempt === 1 && !late) this.firstRequests.observe(kind, startedAtMs - acceptedMs);
      this.sent.observe(kind, startedAtMs - (dueMs ?? acceptedMs));
      this.answers.observe(kind, timing.totalMs);
      this.settles.observe(kind, nowMs - startedAtMs - timing.totalMs);
      this.attempts.set(outcome.reason, (this.attempts.get(outcome.reason) ?? 0) + 1);
      const { state } = rows[index]!;
      if (state in this.ended) this.ended[state as End] += delivery.group?.members.length ?? 1;
    }
  }
}

/*
 * A histogram of seconds whose observations cost an addition: those of prom-client look up labels, which takes a
 * microsecond. It becomes a metric when it is scraped.
 */

/** Seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200] as const;

interface Counts {
  /** By bound, and one more for what is above them all. */
  buckets: Float64Array;
  seconds: number;
}

export class Durations<Outcome extends string> {
  readonly #counts: Record<Outcome, Counts>;

  constructor(
    private readonly name: string,
    private readonly help: string,
    outcomes: readonly Outcome[],
  ) {
    const empty = (): Counts => ({ buckets: new Float64Array(BOUNDS.length + 1), seconds: 0 });
    this.#counts = Object.fromEntries(outcomes.map((outcome) => [outcome, empty()])) as Record<Outcome, Counts>;
  }

  /** Negative durations, after a clock was set back, count as 0. */
  observe(outcome: Outcome, milliseconds: number): void {
    const counts = this.#counts[outcome];
    const seconds = milliseconds > 0 ? milliseconds / 1000 : 0;
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]!) bucket++;
    counts.buckets[bucket]!++;
    counts.seconds += seconds;
  }

  /** For the registry. */
  get metric(): Metric {
    const { name, help } = this;
    return { name, help, type: 'histogram', aggregator: 'sum', get: () => this.#read() } as unknown as Metric;
  }

  #read() {
    const { name, help } = this;
    const values = Object.entries<Counts>(this.#counts).flatMap(([outcome, { buckets, seconds }]) => {
      let count = 0;
      const lines = [...buckets].map((ones, n) => {
        count += ones;
        return { metricName: `${name}_bucket`, labels: { le: BOUNDS[n] ?? '+Inf', outcome }, value: count };
      });
      const sum = { metricName: `${name}_sum`, labels: { outcome }, value: seconds };
      return [...lines, sum, { metricName: `${name}_count`, labels: { outcome }, value: count }];
    });
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values });
  }
}
