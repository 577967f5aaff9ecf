import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { fieldError } from '../../lib/app-error.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import type { Page } from '../../http/keyset-page.js';
import {
  CreateRecovery,
  IncludePast,
  PlanPast,
  RecoveriesQuery,
  PlanRecovery,
  RecoveryFilter,
  RecoveryPage,
  RecoveryPlanResponse,
  RecoveryResponse,
  RunRecovery,
} from './recoveries.dto.js';
import { Recoveries } from './recoveries.service.js';

@ApiTags('deliveries')
@ApiExtraModels(RecoveryFilter, IncludePast, PlanRecovery, PlanPast, RunRecovery)
@Controller('api/recruiter/recoveries')
@Allow('recoveries.run')
export class RecoveriesController {
  constructor(private readonly recoveries: Recoveries) {}

  @Post()
  @ApiOperation({
    summary: 'Resend deliveries, or send past events',
    description:
      'In two steps. `{filter, dry_run: true}` finds failed and skipped deliveries and returns a plan; nothing is ' +
      'sent. `{include_past, dry_run: true}` does the same for events that a webhook did not get. `{plan_id}` then ' +
      'sends exactly those, oldest first, 50 a second; what was delivered since is skipped. Sending starts after 10 ' +
      'seconds (`begins_at`): until then stopping it undoes it, and running the same plan again restarts the 10 ' +
      'seconds. After that, running it again changes nothing.',
  })
  @ApiBody({ schema: { oneOf: [PlanRecovery, PlanPast, RunRecovery].map((step) => ({ $ref: getSchemaPath(step) })) } })
  @ApiOkResponse({ type: RecoveryPlanResponse, description: 'The plan, for `filter` or `include_past`.' })
  @ApiAcceptedResponse({ type: RecoveryResponse, description: 'Started, for `plan_id`.' })
  @ApiProblems('validation_failed', 'not_found', 'plan_expired')
  async create(
    @CurrentActor() actor: AgencyActor,
    @Body() { filter, include_past: past, dry_run, plan_id }: CreateRecovery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecoveryPlanResponse | RecoveryResponse> {
    if (plan_id !== undefined) {
      const more = filter !== undefined || past !== undefined || dry_run !== undefined;
      if (more)
        throw fieldError('plan_id', 'alone', 'plan_id must be the only field: the plan determines what is sent');
      reply.status(HttpStatus.ACCEPTED);
      return this.recoveries.run(actor, plan_id.toLowerCase());
    }
    if (filter && past) throw fieldError('include_past', 'alone', 'include_past cannot be combined with filter');
    if (!filter && !past) throw fieldError('filter', 'required', 'filter is required, or include_past, or a plan_id');
    if (!dry_run) throw fieldError('dry_run', 'required', 'dry_run must be true: look at the plan first');
    reply.status(HttpStatus.OK);
    return past ? this.recoveries.planPast(actor, past) : this.recoveries.plan(actor, filter!);
  }

  @Get()
  @ApiOperation({
    summary: 'List recoveries',
    description: 'Newest first, without plans that were not run. `status=running` finds those in progress.',
  })
  @ApiOkResponse({ type: RecoveryPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: RecoveriesQuery): Promise<Page<RecoveryResponse>> {
    return this.recoveries.list(actor, query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get the progress of a recovery', description: 'Also of a plan that has not been run.' })
  @ApiOkResponse({ type: RecoveryResponse })
  @ApiProblems('not_found')
  get(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<RecoveryResponse> {
    return this.recoveries.get(actor, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Stop a recovery',
    description: 'What was already resent stays so; before `begins_at` that is nothing.',
  })
  @ApiNoContentResponse({ description: 'Stopped, or already finished.' })
  @ApiProblems('not_found')
  stop(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.recoveries.stop(actor, id);
  }
}
