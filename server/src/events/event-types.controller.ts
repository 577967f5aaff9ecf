import { Controller, Get } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '../auth/allow.js';
import {
  dataSchema,
  EVENT_DEFINITIONS,
  EVENT_GROUPS,
  exampleData,
  type EventDefinition,
} from './catalogue/catalogue.js';
import { EventTypesResponse, type EventTypeResponse } from './event-types.dto.js';

/** Timestamp of the documented examples. */
const EXAMPLE_TIME = '2026-01-22T10:30:00.000Z';

function eventTypeJson(definition: EventDefinition): EventTypeResponse {
  const { type, group, title, sentWhen, version, fields } = definition;
  return {
    type,
    group,
    title,
    description: sentWhen,
    version,
    fields: fields.map(({ name, type, required, description, example }) => ({
      name,
      type,
      required,
      description,
      example,
    })),
    schema: dataSchema(definition),
    example: { event: type, timestamp: EXAMPLE_TIME, data: exampleData(definition) },
  };
}

/** Computed once: the catalogue is constant. */
export const EVENT_TYPES: EventTypesResponse = {
  data: EVENT_DEFINITIONS.map(eventTypeJson),
  groups: EVENT_GROUPS.map(({ pattern, title }) => ({ pattern, title })),
};

/** For the Guide of the admin app; the description has the rest of each event as a message. */
const DESCRIBED = {
  groups: EVENT_TYPES.groups,
  data: EVENT_TYPES.data.map(({ schema: _schema, example: _example, ...type }) => type),
};

@ApiTags('events')
@Controller('api/recruiter/event-types')
export class EventTypesController {
  @Get()
  @Allow('webhooks.read')
  @ApiOperation({
    summary: 'List event types',
    description: 'All events with their fields, JSON Schema and an example.',
  })
  @ApiOkResponse({ type: EventTypesResponse })
  @ApiExtension('x-event-types', DESCRIBED)
  list(): EventTypesResponse {
    return EVENT_TYPES;
  }
}
