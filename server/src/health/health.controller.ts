import { Controller, Get, HttpStatus, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  getSchemaPath,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/allow.js';
import { problem, PROBLEM_CONTENT_TYPE } from '../http/problem.js';
import { HealthIndicators } from './health-indicators.js';
import { CheckResult, LiveResponse, NotReadyProblem, ReadyResponse } from './health.dto.js';

// Public: orchestrators and load balancers have no account. Details name no addresses, agencies or people.
@ApiTags('health')
@ApiExtraModels(CheckResult, NotReadyProblem)
@Controller('health')
export class HealthController {
  constructor(private readonly indicators: HealthIndicators) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Whether the process runs', description: 'Restart it when this does not answer.' })
  @ApiOkResponse({ type: LiveResponse })
  live(): LiveResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    summary: 'Whether the process can do its work',
    description:
      'Whether the database is reachable and the migrations are up to date. Send no requests while this answers 503.',
  })
  @ApiOkResponse({ type: ReadyResponse })
  @ApiServiceUnavailableResponse({
    description: 'At least one check is not ok.',
    content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: getSchemaPath(NotReadyProblem) } } },
  })
  async ready(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReadyResponse | NotReadyProblem> {
    const checks = await this.indicators.checkAll();
    const failing = Object.keys(checks).filter((name) => !checks[name]!.ok);
    reply.header('cache-control', 'no-store');
    if (failing.length === 0) return { status: 'ok', checks };
    reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('content-type', PROBLEM_CONTENT_TYPE);
    return Object.assign(problem('not_ready', `Not ready: ${failing.join(', ')}.`, request.id), { checks });
  }
}
