import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { FailureGroupsQuery, FailureGroupsResponse } from './failure-groups.dto.js';
import { FailureGroups } from './failure-groups.service.js';

@ApiTags('deliveries')
@Controller('api/recruiter/failure-groups')
export class FailureGroupsController {
  constructor(private readonly groups: FailureGroups) {}

  @Get()
  @Allow('deliveries.read')
  @ApiOperation({
    summary: 'Group failures by webhook and reason',
    description: 'Of the last 24 hours, unless `from` and `to` are given. Without tests.',
  })
  @ApiOkResponse({ type: FailureGroupsResponse })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: FailureGroupsQuery): Promise<FailureGroupsResponse> {
    return this.groups.list(actor, query);
  }
}
