import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { InboxReceiver } from './inbox-receiver.service.js';
import { InboxReceipt } from './inboxes.dto.js';

@ApiTags('webhooks')
@Controller('inbox')
export class InboxReceiverController {
  constructor(private readonly receiver: InboxReceiver) {}

  /** Public: it stands in for a customer's server. The token in the path authorises. */
  @Post(':token')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Receive a message at a test inbox',
    description: 'As a receiver of webhooks does. JSON of at most 256 KiB, 300 messages a minute.',
  })
  @ApiParam({ name: 'token', description: 'The last part of the address of the inbox.' })
  @ApiBody({ schema: {}, required: false })
  @ApiOkResponse({ type: InboxReceipt })
  @ApiProblems('cross_site_request', 'not_found', 'body_too_large', 'unsupported_media_type')
  async receive(@Param('token') token: string, @Req() request: FastifyRequest): Promise<InboxReceipt> {
    const { method, headers, ip } = request;
    const body = typeof request.body === 'string' ? request.body : '';
    await this.receiver.receive(token, { method, headers, body, ip });
    return { received: true };
  }
}
