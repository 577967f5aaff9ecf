import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { ApiProblems } from '../../http/api-problems.js';
import { Names } from './names.js';
import { RecordsQuery, RecordsResponse } from './records.dto.js';

@ApiTags('deliveries')
@Controller('api/recruiter/records')
export class RecordsController {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly names: Names,
  ) {}

  @Get()
  @Allow('deliveries.read')
  @ApiOperation({
    summary: 'Find records',
    description: 'Candidates, jobs and applications that events refer to. Viewers find them by id only, without names.',
  })
  @ApiOkResponse({ type: RecordsResponse })
  @ApiProblems('validation_failed')
  async find(@CurrentActor() actor: AgencyActor, @Query() { q }: RecordsQuery): Promise<RecordsResponse> {
    return this.transaction.run(actor.agencyId, async (manager) => ({
      data: q === undefined ? [] : await this.names.find(manager, actor, q),
    }));
  }
}
