import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiExtraModels, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentActor, type Actor } from '../auth/actor.js';
import { AllowService } from '../auth/allow.js';
import { ApiProblems } from '../http/api-problems.js';
import { AcceptedEventResponse, acceptedSchema, PublishEventRequest, publishSchema } from './internal-events.dto.js';
import { InternalEvents } from './internal-events.service.js';
import type { AcceptedEvent } from './event-intake.js';

/** The event bus over HTTP, for services in other processes. */
@ApiTags('internal')
@ApiExtraModels(PublishEventRequest, AcceptedEventResponse)
@Controller('api/internal/events')
export class InternalEventsController {
  constructor(private readonly events: InternalEvents) {}

  @Post()
  @HttpCode(202)
  @AllowService('publish')
  @ApiOperation({
    summary: 'Publish one event, or up to 500 at once',
    description:
      'Answers 202 after the events, their deliveries and the pending work are committed. ' +
      'An array is stored whole or not at all. ' +
      'With an `id`, publishing the same again within 7 days answers the first 202 and changes nothing; ' +
      'the same `id` with something else is refused.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same as `id`, for single events.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  })
  @ApiHeader({
    name: 'traceparent',
    required: false,
    description: 'W3C Trace Context: the trace of the events that name none themselves.',
    schema: { type: 'string' },
  })
  @ApiBody({ schema: publishSchema })
  @ApiAcceptedResponse({ description: 'Stored.', schema: acceptedSchema })
  @ApiProblems(
    'validation_failed',
    'invalid_json',
    'bad_request',
    'idempotency_conflict',
    'event_too_large',
    'body_too_large',
    'too_many_requests',
    'intake_full',
    'database_unavailable',
  )
  publish(
    @CurrentActor() actor: Actor,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('traceparent') traceparent: string | undefined,
  ): Promise<AcceptedEvent | AcceptedEvent[]> {
    return this.events.publish(actor, body, { key, traceparent });
  }
}
