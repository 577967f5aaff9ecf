import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from './actor.js';
import { Allow } from './allow.js';
import { Me } from './sessions/sessions.dto.js';
import { MeService } from './me.service.js';

@ApiTags('sign-in')
@Controller('api/me')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Get()
  @Allow('me.read')
  @ApiOperation({
    summary: 'Who is signed in, and what they may do',
    description: 'Also for an API key: it learns its role and its agency.',
  })
  @ApiOkResponse({ type: Me })
  read(@CurrentActor() actor: AgencyActor): Promise<Me> {
    return this.me.describe(actor);
  }
}
