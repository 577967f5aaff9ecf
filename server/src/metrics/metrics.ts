import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client';
import { ENV, type Env } from '../config/env.js';

/**
 * For the queries of a scrape: Prometheus gives up after 10 s, and then all other metrics would be missing too, just
 * when they matter.
 */
export const SCRAPE_TIMEOUT_MS = 5_000;

/** Each measurement wakes the process. At the default of 10 ms they are two thirds of what an idle one costs. */
const EVENT_LOOP_PRECISION_MS = 100;

/** A value, or values by the words of the first label, then of the next. */
type Values = number | { readonly [word: string]: Values };

interface Measured {
  name: string;
  help: string;
  labels?: string[];
  /** Called at each scrape. null: the metric is absent. */
  read: () => Values | null | Promise<Values | null>;
}

let collected: Registry | undefined;

/**
 * The default metrics. Created once per process, even if it has several applications, as in tests: the observers behind
 * them never end, and would keep the application alive in whose registry they were created.
 */
function ofProcess(): Metric[] {
  if (!collected) {
    collected = new Registry();
    collectDefaultMetrics({ register: collected, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }
  return collected.getMetricsAsArray() as unknown[] as Metric[];
}

/**
 * The metrics of `/metrics`: those of the process, and what modules register. Label values are fixed words, never ids:
 * each value is a permanent time series, and no person or agency belongs on a dashboard.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor(@Inject(ENV) { role }: Pick<Env, 'role'>) {
    for (const metric of ofProcess()) this.registry.registerMetric(metric);
    const help = 'Always 1. ROLE of this process: api, worker or all.';
    new Gauge({ name: 'bpoc_role', help, labelNames: ['role'], registers: [this.registry] }).set({ role }, 1);
  }

  counter({ read, ...measured }: Measured): void {
    const counter: Counter = new Counter({
      ...configuration(measured),
      collect: async () => {
        const values = await read();
        counter.reset();
        for (const [labels, value] of series(values, measured.labels)) counter.inc(labels, value);
      },
    });
    this.registry.registerMetric(counter);
  }

  gauge({ read, ...measured }: Measured): void {
    const gauge: Gauge = new Gauge({
      ...configuration(measured),
      collect: async () => {
        const values = await read();
        gauge.reset();
        if (values === null && !measured.labels) gauge.remove();
        for (const [labels, value] of series(values, measured.labels)) gauge.set(labels, value);
      },
    });
    this.registry.registerMetric(gauge);
  }
}

const configuration = ({ name, help, labels = [] }: Omit<Measured, 'read'>) => ({
  name,
  help,
  labelNames: labels,
  registers: [],
});

type Series = [labels: Record<string, string>, value: number];

function series(values: Values | null, [label, ...others]: readonly string[] = []): Series[] {
  if (values === null) return [];
  if (typeof values === 'number') return [[{}, values]];
  return Object.entries(values).flatMap(([word, inner]) =>
    series(inner, others).map(([labels, value]): Series => [{ [label!]: word, ...labels }, value]),
  );
}
