import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../../auth/actor.js';
import { AllowService } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { AgencyTroublesResponse, SupportedAgencyResponse } from './support.dto.js';
import { Support } from './support.service.js';

@ApiTags('internal')
@Controller('api/internal/support')
export class SupportController {
  constructor(private readonly support: Support) {}

  @Get('troubles')
  @AllowService('support')
  @ApiOperation({
    summary: 'List agencies with problems',
    description:
      'Ids and counts, without personal data, of the agencies of the token. Each read is in the audit log of the ' +
      'agency.',
  })
  @ApiOkResponse({ type: AgencyTroublesResponse })
  @ApiProblems('database_unavailable')
  async troubles(@CurrentActor() actor: Actor): Promise<AgencyTroublesResponse> {
    return { data: await this.support.troubles(actor) };
  }

  @Get('agencies/:id')
  @AllowService('support')
  @ApiOperation({
    summary: 'List the webhooks of an agency',
    description: 'With their states, without names and addresses. The read is in the audit log of the agency.',
  })
  @ApiOkResponse({ type: SupportedAgencyResponse })
  @ApiProblems('not_found', 'database_unavailable')
  async agency(@CurrentActor() actor: Actor, @Param('id', IdPipe) id: string): Promise<SupportedAgencyResponse> {
    return { data: await this.support.agency(actor, id) };
  }
}
