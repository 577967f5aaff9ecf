import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { ClockSkew } from '../health/clock-skew.js';
import { poolOf, ServiceDatabase } from '../database/service-database.js';
import { Metrics } from './metrics.js';

/** Metrics of the two connection pools, and of the clock skew to the database. */
@Injectable()
export class DatabaseMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly service: ServiceDatabase,
    @InjectDataSource() private readonly tenant: DataSource,
    private readonly clock: ClockSkew,
  ) {}

  onModuleInit(): void {
    const { pool: service } = this.service;
    const tenant = poolOf(this.tenant);
    this.metrics.gauge({
      name: 'bpoc_database_connections',
      help: 'Connections of this process by pool; waiting: requests for a connection in the queue.',
      labels: ['pool', 'state'],
      read: () => ({ service: statesOf(service), tenant: statesOf(tenant) }),
    });
    // After the pools, which would otherwise count the statement of this metric.
    this.metrics.gauge({
      name: 'bpoc_clock_skew_seconds',
      help: "How far this process's clock is ahead of the database's. Absent while the database is unavailable.",
      read: async () => {
        const ms = await this.clock.measure();
        return ms === null ? null : ms / 1000;
      },
    });
  }
}

const statesOf = ({ totalCount, idleCount, waitingCount }: pg.Pool) => ({
  busy: totalCount - idleCount,
  idle: idleCount,
  waiting: waitingCount,
});
