import { Controller, Get, Query, Req, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type AgencyActor, CurrentActor } from '../auth/actor.js';
import { Allow } from '../auth/allow.js';
import { ApiProblems } from '../http/api-problems.js';
import type { Page } from '../http/keyset-page.js';
import { AuditReader } from './audit-reader.service.js';
import { type AuditEntryResponse, AuditPage, AuditQuery, AuditFilter } from './audit.dto.js';
import type { FastifyRequest } from 'fastify';
import { type CsvColumn, ApiCsvResponse } from '../http/csv.js';
import { Exports } from './exports.service.js';

@ApiTags('audit')
@Controller('api/recruiter/audit')
export class AuditController {
  constructor(private readonly audit: AuditReader) {}

  @Get()
  @Allow('audit.read')
  @ApiOperation({
    summary: 'List the audit log',
    description: 'Newest first. Entries cannot be changed or deleted; they are kept for a year.',
  })
  @ApiOkResponse({ type: AuditPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: AuditQuery): Promise<Page<AuditEntryResponse>> {
    return this.audit.list(actor, query);
  }
}

const COLUMNS: CsvColumn<AuditEntryResponse>[] = [
  { name: 'id', value: ({ id }) => id },
  { name: 'at', value: ({ at }) => at },
  { name: 'action', value: ({ action }) => action },
  { name: 'actor_kind', value: ({ actor }) => actor.kind },
  { name: 'actor_id', value: ({ actor }) => actor.id },
  { name: 'actor_name', value: ({ actor }) => actor.name },
  { name: 'target_kind', value: ({ target }) => target?.kind ?? null },
  { name: 'target_id', value: ({ target }) => target?.id ?? null },
  { name: 'details', value: ({ details }) => JSON.stringify(details) },
];

@ApiTags('audit')
@Controller('api/recruiter/audit.csv')
export class AuditExportController {
  constructor(
    private readonly reader: AuditReader,
    private readonly exports: Exports,
  ) {}

  @Get()
  @Allow('audit.read')
  @ApiOperation({
    summary: 'Export the audit log',
    description:
      'As CSV, newest first, with the filters of the list. Formulas are escaped. The export is in the audit log.',
  })
  @ApiCsvResponse()
  @ApiProblems('validation_failed', 'too_many_requests')
  csv(
    @CurrentActor() actor: AgencyActor,
    @Req() request: FastifyRequest,
    @Query() filter: AuditFilter,
  ): Promise<StreamableFile> {
    return this.exports.csv(request, {
      what: 'audit',
      right: 'audit.read',
      filter,
      columns: COLUMNS,
      page: (at) => this.reader.list(actor, Object.assign({}, filter, at)),
    });
  }
}
