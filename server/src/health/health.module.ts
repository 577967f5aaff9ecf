import { Global, Module } from '@nestjs/common';
import { ClockSkew } from './clock-skew.js';
import { DatabaseHealth } from './database-health.js';
import { HealthController } from './health.controller.js';
import { HealthIndicators } from './health-indicators.js';
import { Loops } from './loops.js';
import { ProxyHealth } from './proxy-health.js';
import { Pulse } from './pulse.js';

/** Global, so that any module can register checks and periodic work. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthIndicators, DatabaseHealth, ClockSkew, ProxyHealth, Pulse, Loops],
  exports: [HealthIndicators, ClockSkew, Pulse, Loops],
})
export class HealthModule {}
