import { Global, Module } from '@nestjs/common';
import { DatabaseHealth } from './database-health.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';

/** Global, so that any module can register checks. */
@Global()
@Module({ controllers: [HealthController], providers: [HealthIndicators, DatabaseHealth], exports: [HealthIndicators] })
export class HealthModule {}
