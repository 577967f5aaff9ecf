import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import type { Page } from '../../http/keyset-page.js';
import { InboxMessagePage, InboxMessageResponse, InboxResponse } from './inboxes.dto.js';
import { Inboxes } from './inboxes.service.js';

@ApiTags('webhooks')
@Controller('api/recruiter/inboxes')
export class InboxesController {
  constructor(private readonly inboxes: Inboxes) {}

  @Post()
  @Allow('inboxes.write')
  @ApiOperation({
    summary: 'Make a test inbox',
    description:
      'An address on this server for a webhook, to see what arrives. An agency has at most 20; the oldest that no ' +
      'webhook has goes.',
  })
  @ApiCreatedResponse({ type: InboxResponse })
  @ApiProblems('inbox_unavailable')
  create(@CurrentActor() actor: AgencyActor): Promise<InboxResponse> {
    return this.inboxes.create(actor);
  }

  @Get(':id/messages')
  @Allow('inboxes.read')
  @ApiOperation({
    summary: 'List what arrived at a test inbox',
    description:
      'Newest first: the last 50 of 7 days, with their bodies as far as they fit into 1 MiB: personal data. ' +
      'Reading is written to the audit log, at most once a minute for each reader.',
  })
  @ApiOkResponse({ type: InboxMessagePage })
  @ApiProblems('not_found')
  messages(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<Page<InboxMessageResponse>> {
    return this.inboxes.messages(actor, id);
  }

  @Get(':id/messages/:message')
  @Allow('inboxes.read')
  @ApiOperation({
    summary: 'Get one message of a test inbox',
    description:
      'Whole, also when the list leaves its contents out. Reading is written to the audit log, as for the list.',
  })
  @ApiParam({ name: 'message', format: 'uuid', description: 'The `id` of a message in the list.' })
  @ApiOkResponse({ type: InboxMessageResponse })
  @ApiProblems('not_found')
  message(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Param('message', IdPipe) messageId: string,
  ): Promise<InboxMessageResponse> {
    return this.inboxes.message(actor, id, messageId);
  }

  @Delete(':id/messages')
  @HttpCode(204)
  @Allow('inboxes.write')
  @ApiOperation({
    summary: 'Empty a test inbox',
    description: 'Its messages are gone; the address goes on taking new ones.',
  })
  @ApiNoContentResponse()
  @ApiProblems('not_found')
  empty(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.inboxes.empty(actor, id);
  }
}
