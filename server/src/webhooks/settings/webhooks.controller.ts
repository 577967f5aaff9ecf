import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type AgencyActor, CurrentActor } from '../../auth/actor.js';
import { Allow } from '../../auth/allow.js';
import { ApiProblems } from '../../http/api-problems.js';
import type { Page } from '../../http/keyset-page.js';
import { withAnswerEtag, withEtag } from './etag.js';
import { IdPipe } from '../../http/id.pipe.js';
import { EXTERNAL_KEY, ExternalKeyPipe } from './external-key.pipe.js';
import { TestResultResponse } from './test-result.dto.js';
import {
  WebhookDetailResponse,
  WebhookPage,
  WebhookResponse,
  CreatedWebhookResponse,
  EnsuredWebhookResponse,
} from './webhook-response.dto.js';
import { WebhookTests } from './webhook-tests.service.js';
import { CreateWebhook, SendTest, UpdateWebhook, WebhooksQuery } from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

const ETAG = {
  ETag: { description: 'Version of the settings, for If-Match.', schema: { type: 'string' } },
} as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes a retry safe: within 10 minutes the same request gets the same response, later 409.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
} as const;

@ApiTags('webhooks')
@Controller('api/recruiter/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly tests: WebhookTests,
  ) {}

  @Get()
  @Allow('webhooks.read')
  @ApiOperation({ summary: 'List webhooks', description: 'Newest first, with health and counts of 24 hours.' })
  @ApiOkResponse({ type: WebhookPage })
  @ApiProblems('validation_failed')
  list(@CurrentActor() actor: AgencyActor, @Query() query: WebhooksQuery): Promise<Page<WebhookResponse>> {
    return this.webhooks.list(actor, query);
  }

  @Post()
  @Allow('webhooks.write')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Add a webhook',
    description:
      'The response has the secret, which is shown only here. An agency can have 200 webhooks; deleted ones do not ' +
      'count.',
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiCreatedResponse({ type: CreatedWebhookResponse, headers: ETAG })
  @ApiProblems('validation_failed', 'idempotency_conflict', 'too_many_webhooks')
  async create(
    @CurrentActor() actor: AgencyActor,
    @Body() body: CreateWebhook,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedWebhookResponse> {
    return withEtag(reply, await this.webhooks.create(actor, body, key));
  }

  @Put('by-key/:external_key')
  @Allow('webhooks.write')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Add or update a webhook by key',
    description:
      'For programs, to be called at every deployment. The first request with a key adds the webhook (201, with the ' +
      'secret). Later ones return 200 without the secret, and change the settings that differ, as PATCH does: ' +
      'omitted fields stay unchanged. `headers` are replaced as a whole. `kind` cannot change. An identical request ' +
      'changes nothing, not even the version. Whether the webhook is on stays unchanged. A deleted webhook is ' +
      'created again.',
  })
  @ApiParam({ name: 'external_key', description: 'Your key, unique in the agency.', schema: EXTERNAL_KEY })
  @ApiHeader({ name: 'If-Match', required: false, description: 'Change only this version (the ETag); never add.' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiCreatedResponse({ type: EnsuredWebhookResponse, headers: ETAG })
  @ApiOkResponse({ type: EnsuredWebhookResponse, headers: ETAG, description: 'It existed already.' })
  @ApiProblems('validation_failed', 'idempotency_conflict', 'too_many_webhooks', 'precondition_failed')
  async ensure(
    @CurrentActor() actor: AgencyActor,
    @Param('external_key', ExternalKeyPipe) externalKey: string,
    @Body() body: CreateWebhook,
    @Headers() headers: Record<string, string | undefined>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnsuredWebhookResponse> {
    const about = { externalKey, ifMatch: headers['if-match'], header: headers['idempotency-key'] };
    const ensured = await this.webhooks.ensure(actor, about, body);
    reply.code(ensured.created ? 201 : 200);
    return withEtag(reply, ensured);
  }

  @Get(':id')
  @Allow('webhooks.read')
  @ApiOperation({ summary: 'Get a webhook', description: 'With its recent deliveries and counts by hour and by day.' })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'The ETag of an earlier response; 304 if nothing has changed since.',
  })
  @ApiOkResponse({ type: WebhookDetailResponse, headers: ETAG })
  @ApiResponse({ status: 304, description: 'Not modified: `If-None-Match` has the current ETag.', headers: ETAG })
  @ApiProblems('not_found')
  async get(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookDetailResponse | undefined> {
    return withAnswerEtag(reply, await this.webhooks.get(actor, id), ifNoneMatch);
  }

  @Patch(':id')
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Change a webhook',
    description:
      'Omitted fields stay unchanged, except for the added headers: a `url` with another scheme, host or port ' +
      'removes all headers that are not part of the same request, as `header_names` of the response shows. After ' +
      '`is_active: false` nothing more is sent; pending deliveries are kept for 10 seconds, and sent if the webhook ' +
      'is turned on by then. Turning it off again within that time restarts the 10 seconds.',
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'Change only this version (the ETag).' })
  @ApiOkResponse({ type: WebhookResponse, headers: ETAG })
  @ApiProblems('validation_failed', 'not_found', 'precondition_failed')
  async update(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateWebhook,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookResponse> {
    return withEtag(reply, await this.webhooks.update(actor, { id, ifMatch }, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Delete a webhook',
    description:
      'Nothing more is sent. It can be restored for 10 seconds, which start again if it is deleted again; then ' +
      'pending deliveries are cancelled. Its deliveries stay readable for the retention time.',
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'Delete only this version (the ETag).' })
  @ApiNoContentResponse({ headers: ETAG })
  @ApiProblems('not_found', 'precondition_failed')
  async delete(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    return withEtag(reply, await this.webhooks.delete(actor, { id, ifMatch }));
  }

  @Post(':id/restore')
  @HttpCode(200)
  @Allow('webhooks.write')
  @ApiOperation({
    summary: 'Undo the deletion of a webhook',
    description:
      'Within 10 seconds, later 409. The webhook is as it was before, with its secret, and its pending deliveries ' +
      'are sent, including events since the deletion. A webhook that is not deleted stays unchanged.',
  })
  @ApiOkResponse({ type: WebhookResponse, headers: ETAG })
  @ApiProblems('not_found', 'undo_over', 'too_many_webhooks')
  async restore(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookResponse> {
    return withEtag(reply, await this.webhooks.restore(actor, id));
  }

  @Post(':id/test')
  @HttpCode(200)
  @Allow('webhooks.test')
  @ApiOperation({
    summary: 'Send a test',
    description:
      'Sends a signed sample now, even while the webhook is off, and returns the result. At most 10 a minute for ' +
      'each webhook.',
  })
  @ApiOkResponse({ type: TestResultResponse })
  @ApiProblems('validation_failed', 'not_found')
  test(
    @CurrentActor() actor: AgencyActor,
    @Param('id', IdPipe) id: string,
    @Body() body: SendTest,
  ): Promise<TestResultResponse> {
    return this.tests.send(actor, id, body.event, body.data);
  }
}
