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
 * What `/metrics` shows. The parts of the server register what they count; memory, event loop and garbage collection are there from the start.
 * Labels are words of ours, never ids: each value of a label is a series for ever, and nobody's name belongs on a dashboard.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Shows a number that only rises; `collect` sets it when somebody asks. */
  counter<Label extends string>(configuration: Omit<CounterConfiguration<Label>, 'registers'>): void {
    this.registry.registerMetric(new Counter({ ...configuration, registers: [] }));
  }

  /** Shows a number that rises and falls; `collect` sets it when somebody asks. */
  gauge<Label extends string>(configuration: Omit<GaugeConfiguration<Label>, 'registers'>): void {
    this.registry.registerMetric(new Gauge({ ...configuration, registers: [] }));
  }
}
