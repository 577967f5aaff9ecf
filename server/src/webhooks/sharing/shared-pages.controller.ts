import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import {
  OpenSharedLink,
  SharedPageResponse,
  SharedSecretResponse,
  SharedTest,
  SharedTestResultResponse,
} from './shared-links.dto.js';
import { SharedPages } from './shared-pages.service.js';

/**
 * Public: the token of the link authorises. POST, so that the token is in no log and link scanners do not read the
 * secret.
 */
@ApiTags('sharing')
@Controller('api/shared')
@Public()
export class SharedPagesController {
  constructor(private readonly pages: SharedPages) {}

  @Post('open')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Open a shared link', description: 'The agency sees when it was first opened.' })
  @ApiOkResponse({ type: SharedPageResponse })
  @ApiProblems('validation_failed', 'not_found', 'cross_site_request', 'too_many_requests')
  open(@Body() { token }: OpenSharedLink, @Req() { ip }: FastifyRequest): Promise<SharedPageResponse> {
    return this.pages.open(ip, token);
  }

  @Post('secret')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Show the secret of a hand-over', description: 'Works once.' })
  @ApiOkResponse({ type: SharedSecretResponse })
  @ApiProblems('validation_failed', 'not_found', 'secret_gone', 'cross_site_request', 'too_many_requests')
  async secret(@Body() { token }: OpenSharedLink, @Req() { ip }: FastifyRequest): Promise<SharedSecretResponse> {
    return { secret: await this.pages.readSecret(ip, token) };
  }

  @Post('test')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Send a test to a handed-over webhook',
    description: 'Counts towards the 10 tests a minute of the webhook.',
  })
  @ApiOkResponse({ type: SharedTestResultResponse })
  @ApiProblems('validation_failed', 'not_found', 'cross_site_request', 'too_many_requests')
  test(@Body() { token, event }: SharedTest, @Req() { ip }: FastifyRequest): Promise<SharedTestResultResponse> {
    return this.pages.test(ip, token, event);
  }
}
