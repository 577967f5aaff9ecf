import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/allow.js';
import { AppError } from '../lib/app-error.js';
import { constantTimeEqual } from '../lib/constant-time.js';
import { ENV, type Env } from '../config/env.js';
import { ApiProblems } from '../http/api-problems.js';
import { Metrics } from './metrics.js';

// Public: Prometheus has no account. Metrics name no agency or person; METRICS_TOKEN restricts access.
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Get()
  @Public()
  @ApiOperation({
    summary: 'Metrics of this process, for Prometheus',
    description: 'If METRICS_TOKEN is set, it must be sent as `Authorization: Bearer`. docs/operating.md lists alerts.',
  })
  @ApiOkResponse({ description: 'Prometheus text format.', content: { 'text/plain': { schema: { type: 'string' } } } })
  @ApiProblems('unauthenticated')
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('authorization') authorization = '',
  ): Promise<string> {
    const { metricsToken } = this.env;
    if (metricsToken !== null && !constantTimeEqual(authorization, `Bearer ${metricsToken}`))
      throw new AppError('unauthenticated', 'The metrics token is wrong.');
    const { registry } = this.metrics;
    reply.header('content-type', registry.contentType).header('cache-control', 'no-store');
    return registry.metrics();
  }
}
