import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { SUBSCRIBABLE_PATTERN } from '../../events/catalogue/catalogue.js';
import { MayBeAbsent, RequiredText } from '../../http/field-checks.js';
import { FAILURES, type ListenerRequest } from '../engine/send/listener-posts.js';

/** The limit for bodies of answers from anywhere. */
export const MAX_ANSWER = 16 * 1024;
export const LISTENER_FAILURES = Object.keys(FAILURES) as (keyof typeof FAILURES)[];

@ApiSchema({ name: 'CreateListener' })
export class CreateListener {
  @RequiredText({
    description:
      'Where the program passes the messages on, shown as the address of the webhook. Never called from here.',
    format: 'uri',
    maxLength: 2048,
    example: 'http://localhost:3000/webhooks/bpoc',
  })
  url: string;

  @ApiPropertyOptional({
    description: 'The events to get, as for a webhook. By default all of them.',
    type: 'array',
    items: { type: 'string', pattern: SUBSCRIBABLE_PATTERN },
    minItems: 1,
    maxItems: 100,
    example: ['application.*'],
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  events?: string[];
}

@ApiSchema({ name: 'Listener' })
export class ListenerResponse {
  @ApiProperty({ format: 'uuid', description: 'Also the id of its webhook.' })
  id: string;

  @ApiProperty({
    description: 'Where the program passes the messages on.',
    example: 'http://localhost:3000/webhooks/bpoc',
  })
  url: string;

  @ApiProperty({ type: [String], description: 'Which it gets.', example: ['*'] })
  events: string[];

  @ApiProperty({ description: 'The end of its secret.', example: '7TgA' })
  secret_last4: string;
}

@ApiSchema({ name: 'CreatedListener' })
export class CreatedListenerResponse extends ListenerResponse {
  @ApiProperty({ description: 'What its messages are signed with. Shown only here.', example: 'whsec_…' })
  secret: string;
}

@ApiSchema({ name: 'ListenerAnswer' })
export class AnswerOfListener {
  @ApiProperty({
    format: 'uuid',
    description: 'The `id` of the message of the stream.',
    example: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
  })
  @IsUUID()
  request_id: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 100, maximum: 599, description: 'Without it: `failure`.' })
  @MayBeAbsent()
  @IsInt()
  @Min(100)
  @Max(599)
  status?: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Of the answer, up to 16 KiB.',
    example: { 'content-type': 'text/plain' },
  })
  @MayBeAbsent()
  @IsObject()
  headers?: Record<string, string>;

  @ApiPropertyOptional({ maxLength: MAX_ANSWER, description: 'The first 16 KiB of the answer, as text.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(MAX_ANSWER)
  body?: string;

  @ApiPropertyOptional({ description: 'The answer was longer than that.' })
  @MayBeAbsent()
  @IsBoolean()
  truncated?: boolean;

  @ApiPropertyOptional({ enum: LISTENER_FAILURES, description: 'Why the local address gave no answer.' })
  @MayBeAbsent()
  @IsIn(LISTENER_FAILURES)
  failure?: keyof typeof FAILURES;
}

/** The data of a `request` of the stream. */
@ApiSchema({ name: 'ListenerRequest' })
export class ListenerRequestMessage implements ListenerRequest {
  @ApiProperty({ format: 'uuid', description: 'For the answer.' })
  id: string;

  @ApiProperty({ format: 'uuid', description: 'Sent as `x-webhook-delivery`.' })
  delivery_id: string;

  @ApiProperty({ format: 'uuid', description: 'Sent as `webhook-id`.' })
  event_id: string;

  @ApiProperty({ description: 'The event type.', example: 'application.created' })
  event: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Rises with every request of the delivery.' })
  attempt: number;

  @ApiProperty({ description: 'A test, not an event.' })
  test: boolean;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'To be sent as they are.' })
  headers: Record<string, string>;

  @ApiProperty({ description: 'To be sent byte by byte: its signature is in the headers.' })
  body: string;
}

/** The messages of the stream, by `event:`. */
@ApiSchema({ name: 'ListenerMessages' })
export class ListenerMessages {
  @ApiProperty({ type: ListenerRequestMessage, description: 'To be posted to the local address.' })
  request: ListenerRequestMessage;

  @ApiProperty({ type: 'object', additionalProperties: false, description: 'Every 10 s, and first.' })
  heartbeat: object;

  @ApiProperty({
    type: 'object',
    properties: { reason: { type: 'string', enum: ['taken_over', 'session_ended'] } },
    required: ['reason'],
    description: 'The last message: another stream of the listener was opened, or its session has ended.',
  })
  end: { reason: 'taken_over' | 'session_ended' };
}
