import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.js';
import { IdPipe } from '../../http/id.pipe.js';
import { type Page, PageQuery } from '../../http/keyset-page.js';
import { type AgencyActor, CurrentActor } from '../actor.js';
import { AgencyKeys } from './agency-keys.service.js';
import { Allow } from '../allow.js';
import { ApiKeyPage, ApiKeyResponse, ApiKeyWithTokenResponse, CreateApiKey } from './api-keys.dto.js';

@ApiTags('keys')
@Controller('api/recruiter/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: AgencyKeys) {}

  @Get()
  @Allow('keys.read')
  @ApiOperation({ summary: 'List API keys', description: 'Newest first, expired ones included, revoked ones not.' })
  @ApiOkResponse({ type: ApiKeyPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: PageQuery): Promise<Page<ApiKeyResponse>> {
    return this.keys.list(actor, query);
  }

  @Post()
  @Allow('keys.write')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Create an API key', description: 'The answer contains the key, which is shown only here.' })
  @ApiCreatedResponse({ type: ApiKeyWithTokenResponse })
  @ApiProblems('validation_failed')
  create(@CurrentActor() actor: AgencyActor, @Body() body: CreateApiKey): Promise<ApiKeyWithTokenResponse> {
    return this.keys.create(actor, body);
  }

  @Delete(':id')
  @Allow('keys.write')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'It stops working, on every machine within 10 seconds. Links created with it end.',
  })
  @ApiNoContentResponse({ description: 'Revoked.' })
  @ApiProblems('not_found')
  revoke(@CurrentActor() actor: AgencyActor, @Param('id', IdPipe) id: string): Promise<void> {
    return this.keys.revoke(actor, id);
  }
}
