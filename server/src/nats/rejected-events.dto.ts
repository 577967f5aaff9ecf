import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PageQuery, pageModel } from '../http/keyset-page.js';
import { FieldProblem } from '../http/problem.js';

export class RejectedEventsQuery extends PageQuery {}

@ApiSchema({ name: 'RejectedEvent' })
export class RejectedEventResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'null: it names no agency that exists.' })
  agency_id: string | null;

  @ApiProperty({ description: 'Where it was published.', example: 'bpoc.events.offer.accepted' })
  subject: string;

  @ApiProperty({ type: String, nullable: true, description: 'Its header `Nats-Msg-Id`.' })
  message_id: string | null;

  @ApiProperty({ format: 'date-time', description: 'When NATS stored it.' })
  published_at: string;

  @ApiProperty({ format: 'date-time', description: 'When this server first refused it.' })
  rejected_at: string;

  @ApiProperty({ description: 'The code that publishing it over HTTP is refused with.', example: 'validation_failed' })
  code: string;

  @ApiProperty({ example: 'data.offerId is missing. Nothing was stored.' })
  reason: string;

  @ApiProperty({ type: [FieldProblem], description: 'One entry for each wrong field.' })
  errors: FieldProblem[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Bytes of the message.' })
  size: number;
}

@ApiSchema({ name: 'RejectedEventWithBody' })
export class RejectedEventWithBodyResponse extends RejectedEventResponse {
  @ApiProperty({ description: 'The message as it came.' })
  body: string;

  @ApiProperty({ enum: ['utf-8', 'base64'], description: '`base64`: its bytes are not UTF-8.' })
  body_encoding: 'utf-8' | 'base64';
}

@ApiSchema({ name: 'RejectedEventPage' })
export class RejectedEventPage extends pageModel(RejectedEventResponse) {}
