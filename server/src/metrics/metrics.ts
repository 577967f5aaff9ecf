import { Inject, Injectable } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  type Metric,
  Registry,
} from 'prom-client';
import { ENV, type Env } from '../config/env.js';

/**
 * For the queries of a scrape: Prometheus gives up after 10 s, and then all other metrics would be missing too, just
 * when they matter.
 */
export const SCRAPE_TIMEOUT_MS = 5_000;

/** Each measurement wakes the process. At the default of 10 ms they are two thirds of what an idle one costs. */
const EVENT_LOOP_PRECISION_MS = 100;

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

  /** `collect` sets the value at each scrape. */
  counter<Label extends string>(configuration: Omit<CounterConfiguration<Label>, 'registers'>): void {
    this.registry.registerMetric(new Counter({ ...configuration, registers: [] }));
  }

  /** `collect` sets the value at each scrape. */
  gauge<Label extends string>(configuration: Omit<GaugeConfiguration<Label>, 'registers'>): void {
    this.registry.registerMetric(new Gauge({ ...configuration, registers: [] }));
  }
}
