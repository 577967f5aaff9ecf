import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../auth/actor.js';
import { Allow } from '../auth/allow.js';
import { ApiProblems } from '../http/api-problems.js';
import type { Page } from '../http/keyset-page.js';
import { AuditReader } from './audit-reader.service.js';
import { type AuditEntryResponse, AuditPage, AuditQuery } from './audit.dto.js';

@ApiTags('audit')
@Controller('api/recruiter/audit')
export class AuditController {
  constructor(private readonly audit: AuditReader) {}

  @Get()
  @Allow('audit.read')
  @ApiOperation({
    summary: 'List who did what',
    description: 'Newest first. Entries cannot be changed or deleted; they are kept for a year.',
  })
  @ApiOkResponse({ type: AuditPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: AuditQuery): Promise<Page<AuditEntryResponse>> {
    return this.audit.list(actor, query);
  }
}
