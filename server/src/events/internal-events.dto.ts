import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { EVENT_DEFINITIONS, exampleData } from './catalogue/catalogue.js';

/** Shapes of POST /api/internal/events, for the API description; parseDomainEvent does the checking. */
export class PublishEventRequest {
  @ApiProperty({
    required: false,
    minLength: 1,
    maxLength: 128,
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
    description: 'The agency that is told.',
    example: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
  })
  agencyId: string;

  @ApiProperty({
    required: false,
    format: 'date-time',
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
}

export class AcceptedEventResponse {
  @ApiProperty({ format: 'uuid', description: 'The event id: `webhook-id` of every message about it.' })
  id: string;

  @ApiProperty({
    minimum: 0,
    description: 'How many deliveries it made, those skipped because their webhook is off included.',
    example: 2,
  })
  deliveries: number;
}

const oneOrMany = (model: () => string, maxItems: number) => ({
  oneOf: [{ $ref: model() }, { type: 'array', maxItems, items: { $ref: model() } }],
});

export const publishSchema = oneOrMany(() => getSchemaPath(PublishEventRequest), 500);
export const acceptedSchema = oneOrMany(() => getSchemaPath(AcceptedEventResponse), 500);
