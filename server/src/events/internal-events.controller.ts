import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiExtraModels, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { mayActFor, requireScope } from '../auth/access.guard.js';
import { CurrentActor, type Actor } from '../auth/actor.js';
import { AllowService } from '../auth/allow.js';
import { ApiProblems } from '../http/api-problems.js';
import { sendProblem } from '../http/problem.filter.js';
import { AppError, fieldError } from '../lib/app-error.js';
import { DomainEvents } from './domain-events.js';
import type { AcceptedEvent } from './event-intake.js';
import { AcceptedEventResponse, acceptedSchema, PublishEventRequest, publishSchema } from './internal-events.dto.js';
import type { DomainEvent } from './publishable-event.js';

const PUBLISH = '/api/internal/events';
const MAX_BATCH = 500;

/**
 * The event bus over HTTP, for services in other processes: one event or an array, the headers Idempotency-Key and
 * traceparent, and the agencies a token may publish for.
 */
@ApiTags('internal')
@ApiExtraModels(PublishEventRequest, AcceptedEventResponse)
@Controller(PUBLISH)
export class InternalEventsController {
  constructor(private readonly domainEvents: DomainEvents) {}

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
  async publish(
    @CurrentActor() actor: Actor,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('traceparent') traceparent: string | undefined,
  ): Promise<AcceptedEvent | AcceptedEvent[]> {
    if (Array.isArray(body)) {
      if (key !== undefined)
        throw new AppError(
          'bad_request',
          'Idempotency-Key is for single events: give each event of an array its own id.',
        );
      if (body.length === 0) throw fieldError('', 'too_few', 'At least one event.');
      if (body.length > MAX_BATCH) throw fieldError('', 'too_many', `At most ${MAX_BATCH} events at once.`);
      body.forEach((event, index) => refuseForeignAgency(actor, event, `${index}.agencyId`));
      return this.domainEvents.publishAll(traceparent ? body.map((event) => traced(event, traceparent)) : body);
    }
    refuseForeignAgency(actor, body, 'agencyId');
    return this.domainEvents.publish(traced(withKey(body, key), traceparent) as DomainEvent);
  }
}

/**
 * Publishing skips Nest's pipeline, which has nothing to do for it but costs a sixth of the request: the hook of
 * ServiceAuth has verified the token before the body was read, the route is not rate-limited, and the catalogue checks
 * the body. The decorators describe the route and declare its scope.
 */
export function publishDirectly(fastify: FastifyInstance, controller: () => InternalEventsController): void {
  let known: InternalEventsController | undefined;
  fastify.addHook('onRoute', (route) => {
    if (route.url !== PUBLISH || route.method !== 'POST') return;
    route.handler = async (request, reply) => {
      try {
        requireScope(request.actor!, 'publish');
        const { 'idempotency-key': key, traceparent } = request.headers as Record<string, string | undefined>;
        const accepted = await (known ??= controller()).publish(request.actor!, request.body, key, traceparent);
        reply.code(202).send(accepted);
      } catch (error) {
        sendProblem(error, request, reply);
      }
      return reply;
    };
  });
}

function withKey(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null) return body;
  if ('id' in body && body.id !== key)
    throw new AppError('bad_request', 'Idempotency-Key differs from the id of the event.');
  return { ...body, id: key };
}

/** The event's own trace comes before that of the request. */
function traced(body: unknown, traceparent: string | undefined): unknown {
  if (traceparent === undefined || typeof body !== 'object' || body === null || 'traceparent' in body) return body;
  return Array.isArray(body) ? body : { ...body, traceparent };
}

function refuseForeignAgency(actor: Actor, event: unknown, field: string): void {
  const agencyId = typeof event === 'object' && event !== null && 'agencyId' in event ? event.agencyId : undefined;
  if (typeof agencyId !== 'string' || mayActFor(actor, agencyId.toLowerCase())) return;
  const message = 'This token may not publish for this agency.';
  throw new AppError('forbidden', message, { errors: [{ field, code: 'forbidden', message }] });
}
