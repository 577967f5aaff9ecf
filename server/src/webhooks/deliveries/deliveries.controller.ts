import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import type { Page } from '../../http/keyset-page.js';
import { IdPipe } from '../../http/id.pipe.js';
import { DeliveriesQuery, DeliveryFilter } from './deliveries.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import {
  DeliveryContentResponse,
  DeliveryCountsResponse,
  DeliveryDetailResponse,
  DeliveryPage,
  DeliveryResponse,
} from './delivery-response.dto.js';

@ApiTags('deliveries')
@Controller('api/recruiter/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @Allow('deliveries.read')
  @ApiOperation({ summary: 'List deliveries', description: 'Newest first. Without tests, unless they are requested.' })
  @ApiOkResponse({ type: DeliveryPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: DeliveriesQuery): Promise<Page<DeliveryResponse>> {
    return this.deliveries.list(actor, query);
  }

  @Get('counts')
  @Allow('deliveries.read')
  @ApiOperation({ summary: 'Count deliveries by status', description: 'Each count stops at 10,000.' })
  @ApiOkResponse({ type: DeliveryCountsResponse })
  @ApiProblems('validation_failed')
  counts(@CurrentActor() actor: AgencyActor, @Query() filter: DeliveryFilter): Promise<DeliveryCountsResponse> {
    return this.deliveries.counts(actor, filter);
  }

  @Get(':id')
  @Allow('deliveries.read')
  @ApiOperation({ summary: 'Get a delivery', description: 'With every attempt, without contents of messages.' })
  @ApiOkResponse({ type: DeliveryDetailResponse })
  @ApiProblems('not_found')
  get(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<DeliveryDetailResponse> {
    return this.deliveries.get(actor, id);
  }

  @Get(':id/content')
  @Allow('content.read')
  @ApiOperation({
    summary: 'Get the contents of a delivery',
    description: 'The message and all responses: personal data. Every read is audited.',
  })
  @ApiOkResponse({ type: DeliveryContentResponse })
  @ApiProblems('not_found')
  content(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<DeliveryContentResponse> {
    return this.deliveries.content(actor, id);
  }

  @Post(':id/resend')
  @HttpCode(202)
  @Allow('deliveries.resend')
  @ApiOperation({
    summary: 'Resend a delivery',
    description:
      'Adds attempts to the same delivery: the ids stay the same, attempt numbers continue, and the retry plan ' +
      'starts again. A planned retry is moved forward instead. Tests cannot be resent: 400.',
  })
  @ApiResponse({ status: 202, type: DeliveryResponse })
  @ApiProblems('bad_request', 'not_found', 'cancelled', 'delivery_in_flight', 'webhook_off', 'purged')
  resend(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<DeliveryResponse> {
    return this.deliveries.resend(actor, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Allow('deliveries.cancel')
  @ApiOperation({
    summary: 'Cancel a delivery',
    description:
      'Ends a pending delivery, which becomes `cancelled`. A delivered one with a pending resend stays delivered. A ' +
      'request in flight cannot be cancelled.',
  })
  @ApiOkResponse({ type: DeliveryResponse })
  @ApiProblems('not_found', 'delivery_in_flight', 'not_owed')
  cancel(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<DeliveryResponse> {
    return this.deliveries.cancel(actor, id);
  }
}
