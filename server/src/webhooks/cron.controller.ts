import { Controller, Get, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/allow.js';
import { AppError } from '../lib/app-error.js';
import { constantTimeEqual } from '../lib/constant-time.js';
import { ENV, type Env } from '../config/env.js';
import { ApiProblems } from '../http/api-problems.js';
import { RetryScheduler } from './engine/retry.scheduler.js';

/** Platforms abort a scheduled request after a minute. */
const BUDGET_MS = 50_000;

export class DrainedResponse {
  @ApiProperty({ description: 'Deliveries that were due and were attempted.', example: 3 })
  claimed: number;

  @ApiProperty({ example: 2 })
  delivered: number;

  @ApiProperty({ example: 1 })
  retrying: number;

  @ApiProperty({ example: 0 })
  failed: number;
}

const RETRIES = {
  summary: 'Send due deliveries',
  description:
    'For platforms with an external scheduler (`*/5 * * * *`). Probes of paused webhooks are sent too. ' +
    'Takes at most 50 seconds.',
};

/** Authenticated by CRON_SECRET. Schedulers differ in whether they send GET or POST. */
@ApiTags('cron')
@ApiBearerAuth('cron_secret')
@Controller('api/cron/webhook-retries')
export class CronController {
  constructor(
    private readonly retries: RetryScheduler,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Get()
  @Public()
  @ApiOperation(RETRIES)
  @ApiOkResponse({ type: DrainedResponse })
  @ApiProblems('unauthenticated', 'not_found')
  get(@Headers('authorization') authorization: string | undefined): Promise<DrainedResponse> {
    return this.#drain(authorization);
  }

  @Post()
  @HttpCode(200)
  @Public()
  @ApiOperation(RETRIES)
  @ApiOkResponse({ type: DrainedResponse })
  @ApiProblems('unauthenticated', 'cross_site_request', 'not_found')
  post(@Headers('authorization') authorization: string | undefined): Promise<DrainedResponse> {
    return this.#drain(authorization);
  }

  async #drain(authorization = ''): Promise<DrainedResponse> {
    const { cronSecret } = this.env;
    if (cronSecret === null) throw new AppError('not_found', 'Not available: CRON_SECRET is not set.');
    if (!constantTimeEqual(authorization, `Bearer ${cronSecret}`))
      throw new AppError('unauthenticated', 'The cron secret is wrong.');
    return this.retries.drain(BUDGET_MS);
  }
}
