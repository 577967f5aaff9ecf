import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AgencyActor, CurrentActor } from '../auth/actor.js';
import { Allow } from '../auth/allow.js';
import { Invites } from '../auth/sessions/invites.service.js';
import { ApiProblems } from '../http/api-problems.js';
import { IdPipe } from '../http/id.pipe.js';
import { type Page, PageQuery } from '../http/keyset-page.js';
import { InvitedMemberResponse, InviteMember, MemberPage, MemberResponse, UpdateMember } from './members.dto.js';
import { Members } from './members.service.js';

@ApiTags('members')
@Controller('api/recruiter/members')
export class MembersController {
  constructor(
    private readonly members: Members,
    private readonly invites: Invites,
  ) {}

  @Get()
  @Allow('members.read')
  @ApiOperation({ summary: 'List the people of the agency', description: 'Oldest first.' })
  @ApiOkResponse({ type: MemberPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: PageQuery): Promise<Page<MemberResponse>> {
    return this.members.list(actor, query);
  }

  @Post()
  @Allow('members.write')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Invite a person',
    description:
      'The link is in the answer, shown only here. If the server sends mail, the person also gets it by email (at ' +
      'most 5 an hour to one person and 50 a day from one agency). Inviting a member again updates role and name and ' +
      'replaces the link, with which a person who has lost the password can set a new one.',
  })
  @ApiCreatedResponse({ type: InvitedMemberResponse, description: 'The person is new.' })
  @ApiOkResponse({ type: InvitedMemberResponse, description: 'The person was a member already.' })
  @ApiProblems('validation_failed', 'last_owner')
  async invite(
    @CurrentActor() actor: AgencyActor,
    @Body() body: InviteMember,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvitedMemberResponse> {
    const { member, inviteToken, created, mailed } = await this.members.invite(actor, body);
    reply.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    const invite_url = this.invites.link(inviteToken, `${request.protocol}://${request.host}`);
    return Object.assign(member, { mailed, invite_url });
  }

  @Patch(':id')
  @Allow('members.write')
  @ApiOperation({ summary: 'Change the role of a person', description: 'Takes effect with their next request.' })
  @ApiOkResponse({ type: MemberResponse })
  @ApiProblems('validation_failed', 'not_found', 'last_owner')
  update(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateMember,
  ): Promise<MemberResponse> {
    return this.members.changeRole(actor, id, body.role);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('members.write')
  @ApiOperation({
    summary: 'Remove a person',
    description:
      'Signs the person out everywhere, and ends the links they created and the emails of webhooks that they got ' +
      'as a member. API keys that they created belong to the agency and stay.',
  })
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiProblems('not_found', 'last_owner')
  remove(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.members.remove(actor, id);
  }
}
