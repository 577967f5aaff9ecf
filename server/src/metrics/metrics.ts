import { Injectable } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Registry,
} from 'prom-client';

/**
 * For what a scrape asks of the database: Prometheus gives up after 10 s, and then has none of the other metrics
 * either, just when they matter.
 */
export const SCRAPE_PATIENCE_MS = 5_000;

/**
 * The metrics of `/metrics`: default process metrics, and what modules register. Label values are fixed words, never
 * ids: each value is a permanent series, and no person or agency belongs on a dashboard.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
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
