import { ApiProperty, ApiPropertyOptional, ApiSchema, OmitType, PartialType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateIf,
} from 'class-validator';
import { TEXT_OR_NULL } from '../../http/nullable-schemas.js';
import { SUBSCRIBABLE_PATTERN, TEST_EVENT_TYPE, TYPE_NAMES } from '../../events/catalogue/catalogue.js';
import { Limit, PageQuery } from '../../http/keyset-page.js';
import { MayBeAbsent, OptionalName, Nested, NestedList } from '../../http/field-checks.js';
import { MAX_CONDITIONS } from '../destinations/conditions.js';
import { ADDRESSED_KINDS, type DestinationKind } from '../destinations/kinds.js';
import { NO_ADDRESS } from './address-problems.js';
import { HEADER_VALUE, MAX_HEADERS } from './custom-headers.js';
import {
  CONTENT,
  IsContent,
  WebhookCondition,
  type WebhookContent,
  WebhookPace,
  WebhookStyle,
} from './destination.dto.js';
import { MAX_EMAIL_LENGTH } from '../../lib/email.js';
import { RETRY_DELAYS_MS, type RetryPlan } from '../model/retry-plans.js';

/** class-transformer drops names that objects inherit, such as `toString`, which is a valid header name. */
const AsSent = () => Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]);

const MAX_RECIPIENTS = 20;

export const RETRY_PLANS = Object.keys(RETRY_DELAYS_MS) as RetryPlan[];

// Defaults of bodies are described in words: `default` would make the field required in generated types, and would be
// wrong for changes.

@ApiSchema({ name: 'CreateWebhook' })
export class CreateWebhook {
  @ApiPropertyOptional({
    ...TEXT_OR_NULL,
    description:
      'Where we send the events: https, a public host name, port 443 or one from 1024 on, without user name, ' +
      'password or fragment. Required, except for kind `email`, which has no address.',
    format: 'uri',
    maxLength: 2048,
    example: 'https://hooks.payroll.example/bpoc',
  })
  @ValidateIf((_body, value) => value !== null && value !== undefined)
  @IsString({ message: NO_ADDRESS.message })
  url?: string | null;

  @ApiPropertyOptional({
    description:
      'Email addresses that get the emails of kind `email`, which requires them. Members of the agency get them at ' +
      'once, others after they have agreed. Duplicates are dropped.',
    type: 'array',
    items: { type: 'string', format: 'email', maxLength: MAX_EMAIL_LENGTH },
    minItems: 1,
    maxItems: MAX_RECIPIENTS,
    example: ['ann@recruiting.example'],
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1, { message: 'Enter at least one email address.' })
  @ArrayMaxSize(MAX_RECIPIENTS, { message: `At most ${MAX_RECIPIENTS} email addresses.` })
  @IsString({ each: true })
  recipients?: string[];

  @ApiProperty({
    description:
      'The events to send: exact types, groups such as `application.*` (including future types), or `*`. Duplicates ' +
      'are dropped.',
    type: 'array',
    items: { type: 'string', pattern: SUBSCRIBABLE_PATTERN },
    minItems: 1,
    maxItems: 100,
    example: ['application.*', 'offer.accepted'],
  })
  @IsArray({ message: 'Choose at least one event.' })
  @ArrayMinSize(1, { message: 'Choose at least one event.' })
  @ArrayMaxSize(100)
  @IsString({ each: true })
  events: string[];

  @ApiPropertyOptional({
    description:
      'What the address belongs to; it cannot be changed later. `endpoint` (the default) gets signed JSON, a tool ' +
      'gets a readable message, `email` sends emails to recipients.',
    enum: ADDRESSED_KINDS,
    enumName: 'AddressedKind',
  })
  @MayBeAbsent()
  @IsIn(ADDRESSED_KINDS)
  kind?: DestinationKind;

  @ApiPropertyOptional({
    type: WebhookStyle,
    description: 'How messages are written. For tools only; by default with initials and a link.',
  })
  @MayBeAbsent()
  @Nested(() => WebhookStyle)
  style?: WebhookStyle;

  @ApiPropertyOptional({
    ...CONTENT,
    description:
      'How much of `data` an endpoint gets. `full`: everything (the default). `ids`: only ids, for receivers that ' +
      'must not hold personal data. `fields`: only these, where a type has them; each must exist in a subscribed ' +
      'type.',
  })
  @MayBeAbsent()
  @AsSent()
  @IsContent()
  content?: WebhookContent;

  @ApiPropertyOptional({
    type: WebhookPace,
    nullable: true,
    description:
      'The limit on requests. Deliveries above it wait, without losing an attempt. null: for an endpoint as fast as ' +
      'it responds, for a tool as fast as the tool allows, which may only be lowered.',
  })
  @IsOptional()
  @Nested(() => WebhookPace)
  pace?: WebhookPace | null;

  @ApiPropertyOptional({
    type: [WebhookCondition],
    nullable: true,
    maxItems: MAX_CONDITIONS,
    description:
      'Which events it gets. Entries for the same type are alternatives; types without an entry are not filtered. ' +
      'null: all events.',
  })
  @IsOptional()
  @NestedList(() => WebhookCondition, MAX_CONDITIONS)
  conditions?: WebhookCondition[] | null;

  @OptionalName({ description: 'Its name for people, one line.', example: 'Payroll sync' })
  description?: string;

  @ApiPropertyOptional({
    description:
      'When a failed delivery is retried. `standard` (the default): after 1, 5 and 30 minutes. `day`: then also ' +
      'after 2, 5, 10 and 10 hours. `three_days`: after `standard`, 2, 6, 12, 24 and 28 hours.',
    enum: RETRY_PLANS,
    enumName: 'RetryPlan',
  })
  @MayBeAbsent()
  @IsIn(RETRY_PLANS)
  retry_plan?: RetryPlan;

  @ApiPropertyOptional({
    description:
      'Whether requests carry the header `traceparent` (W3C Trace Context) with which the event was published. ' +
      'Default: no. Not for tools.',
  })
  @MayBeAbsent()
  @IsBoolean()
  traceparent?: boolean;

  @ApiPropertyOptional({
    description:
      `Headers to add to every request, at most ${MAX_HEADERS}. Their values are stored encrypted and never shown ` +
      'again. Headers that frame or sign the request (`host`, `content-*`, `webhook-*`, `x-webhook-*`, ' +
      '`x-forwarded-*` and the like) are refused.',
    type: 'object',
    additionalProperties: { type: 'string', ...HEADER_VALUE },
    maxProperties: MAX_HEADERS,
    example: { 'x-tenant': 'north' },
  })
  @MayBeAbsent()
  @IsObject()
  @AsSent()
  headers?: Record<string, string>;
}

@ApiSchema({ name: 'UpdateWebhook' })
export class UpdateWebhook extends PartialType(OmitType(CreateWebhook, ['headers', 'kind']), {
  skipNullProperties: false,
}) {
  @ApiPropertyOptional({
    description:
      'false: new events become `skipped`, and so do pending deliveries. true: on again, with its health reset.',
  })
  @MayBeAbsent()
  @IsBoolean()
  is_active?: boolean;

  @ApiPropertyOptional({
    description:
      'Changes to the added headers: a text sets a header, null removes it, others stay. null instead of the object ' +
      'removes all.',
    type: 'object',
    additionalProperties: { type: 'string', nullable: true, ...HEADER_VALUE },
    nullable: true,
    example: { 'x-tenant': 'south', 'x-old': null },
  })
  @IsOptional()
  @IsObject()
  @AsSent()
  headers?: Record<string, string | null> | null;
}

const TESTABLE_EVENTS = [TEST_EVENT_TYPE, ...TYPE_NAMES];

@ApiSchema({ name: 'SendTest' })
export class SendTest {
  @ApiPropertyOptional({
    description: `The event type to send a sample of, with example data; \`${TEST_EVENT_TYPE}\` when it is left out.`,
    enum: TESTABLE_EVENTS,
    example: 'application.created',
  })
  @MayBeAbsent()
  @IsIn(TESTABLE_EVENTS, { message: `event must be an event type, or ${TEST_EVENT_TYPE}` })
  event?: string;

  @ApiPropertyOptional({
    description: 'Fields of `data` that replace those of the example; validated as in an event.',
    type: 'object',
    additionalProperties: true,
    example: { candidateName: 'Maria Santos' },
  })
  @MayBeAbsent()
  @IsObject()
  @AsSent()
  data?: Record<string, unknown>;
}

/** Seven days. */
const MAX_OVERLAP_SECONDS = 7 * 86_400;

@ApiSchema({ name: 'RotateSecret' })
export class RotateSecret {
  @ApiPropertyOptional({
    description:
      'How long requests are also signed with the old secret. 0 ends all old secrets at once, for a secret that ' +
      'leaked. Default 24 hours.',
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    type: 'integer',
  })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlap_seconds?: number;
}

export class WebhooksQuery extends PageQuery {
  @Limit('webhooks', { maximum: 100, default: 100 })
  override limit: number = 100;
}
