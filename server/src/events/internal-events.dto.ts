import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { UTC_TIME } from '../lib/time.js';
import { EVENT_DEFINITIONS, exampleData } from './catalogue/catalogue.js';
import { FIELD_KINDS } from './catalogue/field-kinds.js';

/** Shapes of POST /api/internal/events, for the API description only; parseDomainEvent validates. */
export class PublishEventRequest {
  @ApiProperty({
    required: false,
    ...FIELD_KINDS.id.schema,
    description: "The caller's key: publishing it again changes nothing.",
    example: 'application-4711-created',
  })
  id?: string;

  @ApiProperty({
    enum: EVENT_DEFINITIONS.map(({ type }) => type),
    description: 'A type of the catalogue.',
    example: 'application.created',
  })
  type: string;

  @ApiProperty({
    format: 'uuid',
    description: 'The agency that receives the event.',
    example: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
  })
  agencyId: string;

  @ApiProperty({
    required: false,
    ...UTC_TIME,
    description: 'When it happened, in UTC; default: now.',
    example: '2026-01-22T10:30:00Z',
  })
  occurredAt?: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: exampleData(EVENT_DEFINITIONS[0]!),
    description: 'The fields of the type, see GET /api/recruiter/event-types.',
  })
  data: object;

  @ApiProperty({
    required: false,
    type: 'string',
    description:
      'The trace that it belongs to, as in the header `traceparent` (W3C Trace Context), which is taken where this ' +
      'is left out. One that is not valid is ignored.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  })
  traceparent?: string;
}

export class AcceptedEventResponse {
  @ApiProperty({ format: 'uuid', description: 'The event id: `webhook-id` of every message about it.' })
  id: string;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'How many deliveries will be sent.',
    example: 2,
  })
  deliveries: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'How many were skipped at once, because their webhook is off.',
    example: 0,
  })
  skipped: number;
}

const oneOrMany = (model: () => string, maxItems: number) => ({
  oneOf: [{ $ref: model() }, { type: 'array', minItems: 1, maxItems, items: { $ref: model() } }],
});

export const publishSchema = oneOrMany(() => getSchemaPath(PublishEventRequest), 500);
export const acceptedSchema = oneOrMany(() => getSchemaPath(AcceptedEventResponse), 500);
