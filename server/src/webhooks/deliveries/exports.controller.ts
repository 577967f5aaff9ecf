import { Controller, Get, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiCsvResponse, type CsvColumn } from '../../http/csv.js';
import { Exports } from '../../audit/exports.service.js';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { DELIVERY_STATES } from '../model/delivery.entity.js';
import { DeliveryFilter } from './deliveries.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import type { DeliveryResponse } from './delivery-response.dto.js';
import { EventFilter, type EventResponse } from './events-log.dto.js';
import { EventsLog } from './events-log.service.js';

/* Exports have no names and no messages: a file travels further than a screen. */

const DELIVERIES: CsvColumn<DeliveryResponse>[] = [
  { name: 'id', value: ({ id }) => id },
  { name: 'created_at', value: ({ created_at }) => created_at },
  { name: 'event', value: ({ event }) => event },
  { name: 'event_id', value: ({ event_id }) => event_id },
  { name: 'record_kind', value: ({ subject }) => subject?.kind ?? null },
  { name: 'record_id', value: ({ subject }) => subject?.id ?? null },
  { name: 'webhook_id', value: ({ webhook }) => webhook.id },
  { name: 'webhook', value: ({ webhook }) => webhook.description },
  { name: 'address', value: ({ webhook }) => webhook.url },
  { name: 'status', value: ({ status }) => status },
  { name: 'attempts', value: ({ attempts }) => attempts },
  { name: 'response_status', value: ({ response_status }) => response_status },
  { name: 'reason', value: ({ reason }) => reason },
  { name: 'duration_ms', value: ({ duration_ms }) => duration_ms },
  { name: 'finished_at', value: ({ finished_at }) => finished_at },
  { name: 'test', value: ({ test }) => test },
];

const EVENTS: CsvColumn<EventResponse>[] = [
  { name: 'id', value: ({ id }) => id },
  { name: 'accepted_at', value: ({ accepted_at }) => accepted_at },
  { name: 'occurred_at', value: ({ occurred_at }) => occurred_at },
  { name: 'type', value: ({ type }) => type },
  { name: 'record_kind', value: ({ subject }) => subject?.kind ?? null },
  { name: 'record_id', value: ({ subject }) => subject?.id ?? null },
  ...DELIVERY_STATES.map((state) => ({ name: state, value: ({ deliveries }: EventResponse) => deliveries[state] })),
  { name: 'test', value: ({ test }) => test },
];

const DESCRIPTION =
  'As CSV, newest first, with the filters of the list, without names and messages. Formulas are escaped. Audited.';

@ApiTags('deliveries')
@Controller('api/recruiter')
@Allow('exports.read')
export class ExportsController {
  constructor(
    private readonly exports: Exports,
    private readonly deliveries: DeliveriesService,
    private readonly events: EventsLog,
  ) {}

  @Get('deliveries.csv')
  @ApiOperation({ summary: 'Export deliveries', description: DESCRIPTION })
  @ApiCsvResponse()
  @ApiProblems('validation_failed', 'too_many_requests')
  deliveriesCsv(
    @CurrentActor() actor: AgencyActor,
    @Req() request: FastifyRequest,
    @Query() filter: DeliveryFilter,
  ): Promise<StreamableFile> {
    return this.exports.csv(request, {
      what: 'deliveries',
      right: 'exports.read',
      filter,
      columns: DELIVERIES,
      page: (at) => this.deliveries.list(actor, Object.assign({}, filter, at)),
    });
  }

  @Get('events.csv')
  @ApiOperation({ summary: 'Export events', description: DESCRIPTION })
  @ApiCsvResponse()
  @ApiProblems('validation_failed', 'too_many_requests')
  eventsCsv(
    @CurrentActor() actor: AgencyActor,
    @Req() request: FastifyRequest,
    @Query() filter: EventFilter,
  ): Promise<StreamableFile> {
    return this.exports.csv(request, {
      what: 'events',
      right: 'exports.read',
      filter,
      columns: EVENTS,
      page: (at) => this.events.list(actor, Object.assign({}, filter, at)),
    });
  }
}
