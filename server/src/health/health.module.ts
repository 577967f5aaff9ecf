import { Global, Module } from '@nestjs/common';
import { DatabaseHealth } from './database-health.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { Pulse } from './pulse.js';

/** Global, so that any module can register checks and periodic work. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthIndicators, DatabaseHealth, Pulse],
  exports: [HealthIndicators, Pulse],
})
export class HealthModule {}
