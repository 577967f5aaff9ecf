import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { EVENT_GROUPS, type EventGroup } from './catalogue/catalogue.js';
import { FIELD_TYPES, type FieldType } from './catalogue/field-kinds.js';

@ApiSchema({ name: 'EventField' })
export class EventFieldResponse {
  @ApiProperty({ example: 'applicationId' })
  name: string;

  @ApiProperty({
    enum: FIELD_TYPES,
    enumName: 'EventFieldType',
    description:
      '`id`: an opaque text of 1 to 128 characters. `text`. `time`: RFC 3339 in UTC. `date`: a day. `url`. ' +
      '`number`: a whole number of at least 0.',
  })
  type: FieldType;

  @ApiProperty()
  required: boolean;

  @ApiProperty({ example: 'The application' })
  description: string;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: 'uuid-123' })
  example: string | number;
}

@ApiSchema({ name: 'EventExample' })
export class EventExampleResponse {
  @ApiProperty({ example: 'application.created' })
  event: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-22T10:30:00.000Z' })
  timestamp: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { applicationId: 'uuid-123' } })
  data: Record<string, string | number>;
}

@ApiSchema({ name: 'EventType' })
export class EventTypeResponse {
  @ApiProperty({ example: 'application.created' })
  type: string;

  @ApiProperty({ enum: EVENT_GROUPS.map(({ group }) => group), enumName: 'EventGroupName', example: 'application' })
  group: EventGroup;

  @ApiProperty({ example: 'New application' })
  title: string;

  @ApiProperty({ example: 'Sent when a candidate has submitted a new application.' })
  description: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description:
      'Of `data`: rises by one when a field is added. Fields are never renamed, removed or given another meaning. ' +
      'Messages do not carry it.',
    example: 1,
  })
  version: number;

  @ApiProperty({ type: [EventFieldResponse], description: 'The fields of `data`, in their order.' })
  fields: EventFieldResponse[];

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema (2020-12) of `data`.' })
  schema: object;

  @ApiProperty({ type: EventExampleResponse, description: 'A whole message.' })
  example: EventExampleResponse;
}

@ApiSchema({ name: 'EventGroup' })
export class EventGroupResponse {
  @ApiProperty({ description: 'What to subscribe to for the whole group.', example: 'application.*' })
  pattern: string;

  @ApiProperty({ example: 'Applications' })
  title: string;
}

@ApiSchema({ name: 'EventTypes' })
export class EventTypesResponse {
  @ApiProperty({ type: [EventTypeResponse] })
  data: EventTypeResponse[];

  @ApiProperty({ type: [EventGroupResponse] })
  groups: EventGroupResponse[];
}
