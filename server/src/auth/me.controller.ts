import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from './actor.js';
import { Allow } from './allow.js';
import { ApiProblems } from '../http/api-problems.js';
import { Me, UpdateMe } from './sessions/sessions.dto.js';
import { MeService } from './me.service.js';

@ApiTags('sign-in')
@Controller('api/me')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Get()
  @Allow('me.read')
  @ApiOperation({
    summary: 'Who is signed in, and what they may do',
    description: 'Also for an API key, to find out its role and agency.',
  })
  @ApiOkResponse({ type: Me })
  read(@CurrentActor() actor: AgencyActor): Promise<Me> {
    return this.me.describe(actor);
  }

  @Patch()
  @Allow('me.write')
  @ApiOperation({
    summary: 'Change your own settings',
    description:
      'The digest is a mail about what was delivered, what was not, and which webhooks need attention. It is sent ' +
      'daily at 6:00 UTC, or weekly on Mondays, unless nothing happened.',
  })
  @ApiOkResponse({ type: Me })
  @ApiProblems('validation_failed', 'not_found')
  update(@CurrentActor() actor: AgencyActor, @Body() { digest }: UpdateMe): Promise<Me> {
    return this.me.chooseDigest(actor, digest);
  }
}
