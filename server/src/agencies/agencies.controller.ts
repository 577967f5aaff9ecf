import { Body, Controller, HttpStatus, Param, Put, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireAgency } from '../auth/access.guard.js';
import { type Actor, CurrentActor } from '../auth/actor.js';
import { AllowService } from '../auth/allow.js';
import { Invites } from '../auth/sessions/invites.service.js';
import { fieldError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';
import { ApiProblems } from '../http/api-problems.js';
import { ProvisionAgencyDto, ProvisionedAgency } from './agencies.dto.js';
import { Provisioning } from './provisioning.service.js';

/** The platform creates agencies here. */
@ApiTags('internal')
@Controller('api/internal/agencies')
export class AgenciesController {
  constructor(
    private readonly provisioning: Provisioning,
    private readonly invites: Invites,
  ) {}

  @Put(':id')
  @AllowService('agencies')
  @ApiOperation({
    summary: 'Create an agency and its owner, or update them',
    description: 'The id is that of the platform. Repeating the request is safe: name and owner are then as given.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiCreatedResponse({ type: ProvisionedAgency, description: 'The agency is new.' })
  @ApiOkResponse({ type: ProvisionedAgency, description: 'The agency existed already.' })
  @ApiProblems('validation_failed', 'email_taken')
  async put(
    @Param('id') id: string,
    @Body() body: ProvisionAgencyDto,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProvisionedAgency> {
    if (!isUuid(id)) throw fieldError('id', 'is_uuid', 'id must be a UUID');
    const agencyId = id.toLowerCase();
    requireAgency(actor, agencyId);
    const wanted = { id: agencyId, name: body.name, owner: body.owner };
    const { name, owner, created } = await this.provisioning.provision(wanted, actor);
    reply.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    const { email, inviteToken } = owner;
    const origin = `${request.protocol}://${request.host}`;
    const invite_url = inviteToken === null ? null : this.invites.link(inviteToken, origin);
    return { id: agencyId, name, owner: { email, invite_url } };
  }
}
