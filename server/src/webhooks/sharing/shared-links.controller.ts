import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { HandOver, NewSharedLinkResponse, SharedLinksResponse } from './shared-links.dto.js';
import { SharedLinks } from './shared-links.service.js';

const originOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`;

@ApiTags('sharing')
@Controller('api/recruiter')
export class SharedLinksController {
  constructor(private readonly links: SharedLinks) {}

  @Post('webhooks/:id/handover')
  @Allow('secrets.write')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Hand a webhook over to its developer',
    description:
      'Creates a link that works for 7 days without an account. Its page shows the address, the events, how to ' +
      'verify signatures, a test and recent failures; with `secret` also a button that shows the secret once. At ' +
      'most 10 open links a webhook.',
  })
  @ApiCreatedResponse({ type: NewSharedLinkResponse })
  @ApiProblems('validation_failed', 'not_found', 'kind_has_no_secret', 'too_many_links')
  handOver(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() { secret }: HandOver,
    @Req() request: FastifyRequest,
  ): Promise<NewSharedLinkResponse> {
    return this.links.handOver(actor, id, { secret, origin: originOf(request) });
  }

  @Get('webhooks/:id/handover')
  @Allow('webhooks.read')
  @ApiOperation({ summary: 'List the open hand-over links of a webhook', description: 'Newest first.' })
  @ApiOkResponse({ type: SharedLinksResponse })
  @ApiProblems('not_found')
  async list(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<SharedLinksResponse> {
    return { data: await this.links.list(actor, id) };
  }

  @Delete('webhooks/:id/handover/:link')
  @HttpCode(204)
  @Allow('secrets.write')
  @ApiParam({ name: 'link', format: 'uuid', description: 'The id of the link.' })
  @ApiOperation({ summary: 'Revoke a hand-over link', description: 'Its page can no longer be opened.' })
  @ApiNoContentResponse({ description: 'Ended.' })
  @ApiProblems('not_found')
  revoke(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Param('link', IdPipe) link: string,
  ): Promise<void> {
    return this.links.revoke(actor, id, link);
  }

  @Post('deliveries/:id/share')
  @Allow('deliveries.share')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Share a delivery',
    description:
      'Creates a link that works for 7 days without an account. Its page shows the attempts and their outcomes, ' +
      'without messages, names and responses. At most 10 open links a delivery.',
  })
  @ApiCreatedResponse({ type: NewSharedLinkResponse })
  @ApiProblems('not_found', 'too_many_links')
  share(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Req() request: FastifyRequest,
  ): Promise<NewSharedLinkResponse> {
    return this.links.share(actor, id, originOf(request));
  }

  @Delete('deliveries/:id/share')
  @HttpCode(204)
  @Allow('deliveries.share')
  @ApiOperation({ summary: 'Revoke all links of a delivery', description: 'Their pages can no longer be opened.' })
  @ApiNoContentResponse({ description: 'Ended, or there was none.' })
  @ApiProblems('not_found')
  unshare(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.links.unshare(actor, id);
  }
}
