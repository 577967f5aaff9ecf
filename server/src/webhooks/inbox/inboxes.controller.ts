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
    summary: 'Create a test inbox',
    description:
      'An address on this server for a webhook, to see what it sends. An agency has at most 20; the oldest one that ' +
      'no webhook uses is removed.',
  })
  @ApiCreatedResponse({ type: InboxResponse })
  @ApiProblems('inbox_unavailable')
  create(@CurrentActor() actor: AgencyActor): Promise<InboxResponse> {
    return this.inboxes.create(actor);
  }

  @Get(':id/messages')
  @Allow('inboxes.read')
  @ApiOperation({
    summary: 'List the messages of a test inbox',
    description:
      'Newest first: the last 50 of 7 days, with bodies up to 1 MiB in all: personal data. Reads are audited, at ' +
      'most once a minute for each reader.',
  })
  @ApiOkResponse({ type: InboxMessagePage })
  @ApiProblems('not_found')
  messages(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<Page<InboxMessageResponse>> {
    return this.inboxes.messages(actor, id);
  }

  @Get(':id/messages/:message')
  @Allow('inboxes.read')
  @ApiOperation({
    summary: 'Get a message of a test inbox',
    description: 'The whole message, even if the list leaves its contents out. Reads are audited, as for the list.',
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
  @ApiOperation({ summary: 'Empty a test inbox', description: 'Deletes its messages; the address stays in use.' })
  @ApiNoContentResponse()
  @ApiProblems('not_found')
  empty(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.inboxes.empty(actor, id);
  }
}
