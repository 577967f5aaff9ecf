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
    summary: 'Preview conditions',
    description: 'Checks the newest 50 events of the types. Nothing is stored or sent.',
  })
  @ApiOkResponse({ type: ConditionsPreviewResponse })
  @ApiProblems('validation_failed')
  conditions(@CurrentActor() actor: AgencyActor, @Body() body: PreviewConditions): Promise<ConditionsPreviewResponse> {
    return this.previews.conditions(actor, body);
  }

  @Get('webhooks/:id/preview')
  @Allow('content.read')
  @ApiOperation({
    summary: 'Preview a message',
    description:
      'The message as it would be sent now, for the newest matching event, otherwise for the example; for a webhook ' +
      'that sends hourly or daily, the newest events in one message. Audited.',
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
