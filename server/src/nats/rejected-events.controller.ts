import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../auth/actor.js';
import { AllowService } from '../auth/allow.js';
import { ApiProblems } from '../http/api-problems.js';
import { IdPipe } from '../http/id.pipe.js';
import type { Page } from '../http/keyset-page.js';
import type { AcceptedEvent } from '../events/event-intake.js';
import { AcceptedEventResponse } from '../events/internal-events.dto.js';
import {
  RejectedEventPage,
  type RejectedEventResponse,
  RejectedEventsQuery,
  RejectedEventWithBodyResponse,
} from './rejected-events.dto.js';
import { RejectedEvents } from './rejected-events.js';

/** A token for some agencies sees their messages; only a token for all agencies sees messages of no agency. */
@ApiTags('internal')
@Controller('api/internal/rejected-events')
export class RejectedEventsController {
  constructor(private readonly rejected: RejectedEvents) {}

  @Get()
  @AllowService('rejected')
  @ApiOperation({
    summary: 'List events from NATS that were not accepted',
    description: 'Newest first, without the messages. They are kept for 30 days.',
  })
  @ApiOkResponse({ type: RejectedEventPage })
  @ApiProblems('validation_failed', 'database_unavailable')
  list(@CurrentActor() actor: Actor, @Query() query: RejectedEventsQuery): Promise<Page<RejectedEventResponse>> {
    return this.rejected.list(actor.agencyIds, query);
  }

  @Get(':id')
  @AllowService('rejected')
  @ApiOperation({ summary: 'Get one with its message', description: 'The message is as it came, to the byte.' })
  @ApiOkResponse({ type: RejectedEventWithBodyResponse })
  @ApiProblems('not_found', 'database_unavailable')
  get(@CurrentActor() actor: Actor, @Param('id', IdPipe) id: string): Promise<RejectedEventWithBodyResponse> {
    return this.rejected.get(actor.agencyIds, id);
  }

  @Post(':id/accept')
  @HttpCode(202)
  @AllowService('rejected')
  @ApiOperation({
    summary: 'Publish it again, after what was wrong here is corrected',
    description:
      'The message stays as it is; it may be acceptable by now, because its agency exists or its type is known. ' +
      'Answers 202 after the event is committed and the entry is gone. If it is refused again, nothing changes.',
  })
  @ApiAcceptedResponse({ type: AcceptedEventResponse })
  @ApiProblems(
    'validation_failed',
    'invalid_json',
    'bad_request',
    'not_found',
    'idempotency_conflict',
    'event_too_large',
    'intake_full',
    'database_unavailable',
  )
  accept(@CurrentActor() actor: Actor, @Param('id', IdPipe) id: string): Promise<AcceptedEvent> {
    return this.rejected.accept(actor.agencyIds, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @AllowService('rejected')
  @ApiOperation({ summary: 'Drop it', description: 'The message is lost.' })
  @ApiNoContentResponse()
  @ApiProblems('not_found', 'database_unavailable')
  drop(@CurrentActor() actor: Actor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.rejected.drop(actor.agencyIds, id);
  }
}
