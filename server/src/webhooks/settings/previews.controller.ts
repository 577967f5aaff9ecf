import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { ConditionsPreviewResponse, MessagePreviewResponse, PreviewConditions, PreviewQuery } from './previews.dto.js';
import { Previews } from './previews.service.js';

@ApiTags('webhooks')
@Controller('api/recruiter')
export class PreviewsController {
  constructor(private readonly previews: Previews) {}

  @Post('conditions/preview')
  @HttpCode(200)
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'See what conditions let through',
    description: 'Looks at the newest 50 events of the types. Nothing is stored or sent.',
  })
  @ApiOkResponse({ type: ConditionsPreviewResponse })
  @ApiProblems('validation_failed')
  conditions(@CurrentActor() actor: AgencyActor, @Body() body: PreviewConditions): Promise<ConditionsPreviewResponse> {
    return this.previews.conditions(actor, body);
  }

  @Get('webhooks/:id/preview')
  @Allow('content.read')
  @ApiOperation({
    summary: 'See the message for an event',
    description:
      'As it would be sent now, for the newest event that fits, else for the example; of a webhook that sends hourly ' +
      'or daily, for the newest events in one message. Audited.',
  })
  @ApiOkResponse({ type: MessagePreviewResponse })
  @ApiProblems('validation_failed', 'not_found')
  message(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Query() query: PreviewQuery,
  ): Promise<MessagePreviewResponse> {
    return this.previews.message(actor, id, query);
  }
}
