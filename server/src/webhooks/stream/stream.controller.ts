import { Controller, type MessageEvent, Req, Sse } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { StreamMessages, StreamSignal, StreamWebhook, StreamWebhookDeleted } from './stream.dto.js';
import { Streams } from './streams.service.js';

/** The buffer of a slow reader; when it is full the connection is closed. A burst of 100 deliveries takes 30 KiB. */
export const MAX_WAITING_CHARACTERS = 256 * 1024;

/** `event:` is one of the properties of StreamMessages, `data:` its value. */
const TEXT_OF_MESSAGES = {
  type: 'string',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: getSchemaPath(StreamMessages) },
};

@ApiTags('stream')
@ApiExtraModels(StreamMessages, StreamSignal, StreamWebhook, StreamWebhookDeleted)
@Controller('api/recruiter/stream')
export class StreamController {
  constructor(private readonly streams: Streams) {}

  @Sse('', { maxPendingDataLength: MAX_WAITING_CHARACTERS })
  @Allow('deliveries.read')
  @ApiOperation({
    summary: 'Stream changes',
    description: [
      'Server-sent events (WHATWG HTML, "Server-sent events"): `event:` is a property of `StreamMessages`, `data:` ' +
        'its JSON.',
      '',
      'The first message is a `heartbeat`. Everything committed after it is sent, usually within a second, so load ' +
        'what is on the screen after it. Changes are sent in bursts, at most four a second, each row at most once a ' +
        'burst, in its current state. Then a `heartbeat` is sent every 8 seconds: after 20 without one, reconnect.',
      'Nothing is replayed: if `Last-Event-ID` is not the id of the last message, or more has changed than can be ' +
        'sent one by one, a `reset` tells to reload everything.',
      'The stream ends when the sign-in does (within 60 s), and when the server stops. An agency can have 100 open ' +
        'streams on a server. Browsers send the session cookie; programs use `fetch` with their key in the header. ' +
        'Tokens in the address are never accepted.',
    ].join('\n'),
  })
  @ApiHeader({ name: 'last-event-id', required: false, description: 'Sent by browsers when they reconnect.' })
  @ApiOkResponse({
    description: 'Messages until one side ends the stream.',
    content: {
      'text/event-stream': {
        schema: TEXT_OF_MESSAGES,
        example: 'event: heartbeat\nid: 5f0c2a9be41d-1\nretry: 3000\ndata: {}\n\n',
      },
    },
  })
  @ApiProblems('too_many_requests')
  open(@Req() request: FastifyRequest): Promise<Observable<MessageEvent>> {
    return this.streams.open(request);
  }
}
