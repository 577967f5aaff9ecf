import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { Acknowledge, WebhookProblemResponse, WebhookProblemsResponse } from './problems.dto.js';
import { Problems } from './problems.service.js';

const ENDS = 'It ends when the webhook works again; for `some_problems` after a day. Audited.';

@ApiTags('webhooks')
@Controller('api/recruiter/problems')
export class ProblemsController {
  constructor(private readonly problems: Problems) {}

  @Get()
  @Allow('webhooks.read')
  @ApiOperation({
    summary: 'List problems',
    description:
      'One for each webhook that fails, is paused, was switched off for failing or had failures within 24 hours. ' +
      'Details of the failures, and what is not delivered, are in the webhook.',
  })
  @ApiOkResponse({ type: WebhookProblemsResponse })
  async list(@CurrentActor() actor: AgencyActor): Promise<WebhookProblemsResponse> {
    return { data: await this.problems.list(actor) };
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Allow('problems.write')
  @ApiOperation({ summary: 'Acknowledge a problem', description: `All colleagues see it. ${ENDS}` })
  @ApiOkResponse({ type: WebhookProblemResponse })
  @ApiProblems('validation_failed', 'not_found')
  acknowledge(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: Acknowledge,
  ): Promise<WebhookProblemResponse> {
    return this.problems.acknowledge(actor, id, body.note);
  }

  @Delete(':id/acknowledge')
  @Allow('problems.write')
  @ApiOperation({ summary: 'Withdraw an acknowledgement', description: 'Audited.' })
  @ApiOkResponse({ type: WebhookProblemResponse })
  @ApiProblems('not_found')
  withdraw(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<WebhookProblemResponse> {
    return this.problems.withdraw(actor, id);
  }

  @Post(':id/mute')
  @HttpCode(200)
  @Allow('problems.write')
  @ApiOperation({
    summary: 'Mute a problem',
    description: `For the whole agency: it no longer counts as needing attention, and causes no alerts. ${ENDS}`,
  })
  @ApiOkResponse({ type: WebhookProblemResponse })
  @ApiProblems('not_found')
  mute(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<WebhookProblemResponse> {
    return this.problems.mute(actor, id);
  }

  @Delete(':id/mute')
  @Allow('problems.write')
  @ApiOperation({ summary: 'Unmute a problem', description: 'It counts as needing attention again. Audited.' })
  @ApiOkResponse({ type: WebhookProblemResponse })
  @ApiProblems('not_found')
  unmute(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<WebhookProblemResponse> {
    return this.problems.unmute(actor, id);
  }
}
