import { Body, Controller, Delete, Header, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { withEtag } from './etag.js';
import { IdPipe } from '../../http/id.pipe.js';
import { SecretRotation } from './secret-rotation.service.js';
import { WebhookResponse, WebhookWithSecretResponse } from './webhook-response.dto.js';
import { RotateSecret } from './webhooks.dto.js';

@ApiTags('webhooks')
@Controller('api/recruiter/webhooks/:id/secret')
@Allow('secrets.write')
export class WebhookSecretController {
  constructor(private readonly rotation: SecretRotation) {}

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Create a new secret',
    description:
      'Until the overlap ends, `webhook-signature` carries the signatures of both secrets, and `x-webhook-signature` ' +
      'uses the old one. The response has the new secret, which is shown only here.',
  })
  @ApiOkResponse({ type: WebhookWithSecretResponse })
  @ApiProblems('validation_failed', 'not_found', 'secret_overlap', 'kind_has_no_secret')
  async rotate(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: RotateSecret,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookWithSecretResponse> {
    return withEtag(reply, await this.rotation.rotate(actor, id, body.overlap_seconds));
  }

  @Post('switch')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Use the new secret now',
    description: 'From now on `x-webhook-signature` uses the new secret. `webhook-signature` still carries both.',
  })
  @ApiOkResponse({ type: WebhookResponse })
  @ApiProblems('not_found', 'kind_has_no_secret')
  async switch(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookResponse> {
    return withEtag(reply, await this.rotation.switchNow(actor, id));
  }

  @Delete('previous')
  @HttpCode(200)
  @ApiOperation({ summary: 'End the old secret now', description: 'From now on only the new secret is used.' })
  @ApiOkResponse({ type: WebhookResponse })
  @ApiProblems('not_found', 'kind_has_no_secret')
  async endPrevious(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookResponse> {
    return withEtag(reply, await this.rotation.endPrevious(actor, id));
  }
}
