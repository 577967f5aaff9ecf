import { Body, Controller, Delete, type MessageEvent, HttpCode, Param, Post, Req, Sse } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { ListenerStreams } from './listener-streams.js';
import {
  AnswerOfListener,
  CreatedListenerResponse,
  CreateListener,
  ListenerMessages,
  ListenerRequestMessage,
  ListenerResponse,
} from './listeners.dto.js';
import { Listeners } from './listeners.service.js';

/** A few messages of the maximum size. Beyond it the stream is closed, and the program opens another. */
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024;

const TEXT_OF_MESSAGES = {
  type: 'string',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: getSchemaPath(ListenerMessages) },
};

@ApiTags('webhooks')
@ApiExtraModels(ListenerMessages, ListenerRequestMessage)
@Controller('api/recruiter/listeners')
export class ListenersController {
  constructor(
    private readonly listeners: Listeners,
    private readonly streams: ListenerStreams,
  ) {}

  @Post()
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Make a listener',
    description:
      'A temporary webhook of kind `listen`, for `npx bpoc-webhooks listen`: its messages come over a stream to a ' +
      'program on a developer’s machine, whose answers become those of the deliveries. A minute without a stream ' +
      'ends the session: the webhook goes off (`session_ended`), what it misses is skipped and can be sent again, ' +
      'and after 24 hours it is deleted.',
  })
  @ApiCreatedResponse({ type: CreatedListenerResponse })
  @ApiProblems('validation_failed', 'too_many_webhooks')
  create(@CurrentActor() actor: AgencyActor, @Body() body: CreateListener): Promise<CreatedListenerResponse> {
    return this.listeners.create(actor, body);
  }

  @Sse(':id/stream', { maxPendingDataLength: MAX_WAITING_CHARACTERS })
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Take the messages of a listener',
    description:
      'Server-sent events: `event:` is a property of `ListenerMessages`, `data:` its JSON. Post each `request` as it ' +
      'is and send back the answer within 10 s. A listener has one stream: opening another ends the first. Without ' +
      'one nothing is sent, and its deliveries wait.',
  })
  @ApiOkResponse({
    description: 'Messages until either side ends the stream.',
    content: {
      'text/event-stream': { schema: TEXT_OF_MESSAGES, example: 'event: heartbeat\nretry: 1000\ndata: {}\n\n' },
    },
  })
  @ApiProblems('not_found', 'webhook_off')
  stream(@Req() request: FastifyRequest, @Param('id', IdPipe) id: string): Promise<Observable<MessageEvent>> {
    return this.streams.open(request, id);
  }

  @Post(':id/answers')
  @HttpCode(204)
  @Allow('webhooks.write')
  @ApiOperation({ summary: 'Answer a request of the stream', description: 'Becomes the answer of the delivery.' })
  @ApiNoContentResponse()
  @ApiProblems('validation_failed', 'not_found', 'not_owed')
  answer(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: AnswerOfListener,
  ): Promise<void> {
    return this.listeners.answer(actor, id, body);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Turn a listener on again',
    description: 'Within 24 hours of the end of its session, with the same secret.',
  })
  @ApiOkResponse({ type: ListenerResponse })
  @ApiProblems('not_found')
  resume(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<ListenerResponse> {
    return this.listeners.resume(actor, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('webhooks.write')
  @ApiOperation({ summary: 'End the session of a listener', description: 'As a minute without a stream does.' })
  @ApiNoContentResponse()
  @ApiProblems('not_found')
  end(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.listeners.end(actor, id);
  }
}
