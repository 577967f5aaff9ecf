import type { Metric } from 'prom-client';

/*
 * A histogram of seconds that costs the hot path an addition: prom-client looks up the labels of every observation,
 * which takes a microsecond. Made into its form at a scrape.
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

  /** A clock that was set back makes 0 of what is negative. */
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
