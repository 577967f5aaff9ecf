import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import type { Page } from '../../http/keyset-page.js';
import { EventPage, type EventResponse, EventsQuery, EventWithRecipientsResponse } from './events-log.dto.js';
import { EventsLog } from './events-log.service.js';

@ApiTags('events')
@Controller('api/recruiter/events')
export class EventsLogController {
  constructor(private readonly events: EventsLog) {}

  @Get()
  @Allow('deliveries.read')
  @ApiOperation({
    summary: 'List events',
    description:
      'The events of the agency, newest first, including those that no webhook got. Without tests, unless they are ' +
      'requested.',
  })
  @ApiOkResponse({ type: EventPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: EventsQuery): Promise<Page<EventResponse>> {
    return this.events.list(actor, query);
  }

  @Get(':id')
  @Allow('deliveries.read')
  @ApiOperation({
    summary: 'Get an event',
    description: 'With the webhooks that got it, and why others did not; without the message.',
  })
  @ApiOkResponse({ type: EventWithRecipientsResponse })
  @ApiProblems('not_found')
  get(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<EventWithRecipientsResponse> {
    return this.events.get(actor, id);
  }
}
