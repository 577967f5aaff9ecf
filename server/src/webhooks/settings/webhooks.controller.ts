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
  ETag: { description: 'Version of the settings; give it as If-Match.', schema: { type: 'string' } },
} as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes repeating safe: within 10 minutes the same request gets the same answer, later 409.',
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
  @ApiOperation({ summary: 'List webhooks', description: 'Newest first, with health and the counts of 24 hours.' })
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
      'The answer holds the secret: it is shown only here. An agency can have 200 webhooks; deleted ones do not count.',
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
    summary: 'Add a webhook, or bring it up to date',
    description:
      'For programs: repeat it at every deployment. The first request with a key adds the webhook (201, with the ' +
      'secret); later ones answer 200 without it and change the settings that differ, as PATCH does: fields that are ' +
      'left out stay as they are. `headers` are taken as a whole. `kind` cannot change. An equal request changes ' +
      'nothing, not even the version. Whether the webhook is on stays as it is. A deleted one is added anew.',
  })
  @ApiParam({
    name: 'external_key',
    description: 'Your name for the webhook, one in the agency.',
    schema: EXTERNAL_KEY,
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'Change only this version (the ETag); never add.' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiCreatedResponse({ type: EnsuredWebhookResponse, headers: ETAG })
  @ApiOkResponse({ type: EnsuredWebhookResponse, headers: ETAG, description: 'It was there.' })
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
    description: 'Answer 304 when nothing has changed since (the ETag).',
  })
  @ApiOkResponse({ type: WebhookDetailResponse, headers: ETAG })
  @ApiResponse({ status: 304, description: 'As it was: `If-None-Match` names the ETag.', headers: ETAG })
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
      'Fields that are left out stay as they are, but for the added headers: a `url` with another scheme, host or ' +
      'port removes all that do not come with the same request, as `header_names` of the answer shows. ' +
      'Once it is off (`is_active: false`) nothing more is sent; what waits is kept for 10 seconds, and sent if the ' +
      'webhook is turned on by then. Turning it off again within that time begins the 10 seconds anew.',
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
      'Nothing more is sent. For 10 seconds it can be restored, and deleting it again begins them anew; then what is ' +
      'still pending is cancelled. Its deliveries stay readable for the retention time.',
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
      'Within 10 seconds, later 409. It is as it was, with its secret, and what waits for it is sent, also what ' +
      'happened meanwhile. A webhook that is not deleted stays as it is.',
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
      'Sends a signed sample now, also while the webhook is off, and answers with what came of it. ' +
      'At most 10 a minute for each webhook.',
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
