import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType, PickType } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { TEXT_OR_NULL, TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { EventTypeResponse } from '../../events/event-types.dto.js';
import { MayBeAbsent, RequiredText } from '../../http/field-checks.js';
import { AttemptResponse } from '../deliveries/attempt-response.dto.js';
import { DeliveryResponse } from '../deliveries/delivery-response.dto.js';
import { TestResultResponse } from '../settings/test-result.dto.js';
import { SendTest } from '../settings/webhooks.dto.js';

const LINK_SECRETS = ['none', 'waiting', 'read', 'replaced'] as const;

@ApiSchema({ name: 'HandOver' })
export class HandOver {
  @ApiPropertyOptional({
    description:
      'The current secret, from the response to its creation or rotation: then the link can show it once. Omitted: ' +
      'the link does not include the secret.',
    maxLength: 200,
    example: 'whsec_BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=',
  })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  secret?: string;
}

@ApiSchema({ name: 'SharedLink' })
export class SharedLinkResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({
    enum: LINK_SECRETS,
    enumName: 'SharedLinkSecret',
    description: '`waiting`: can be read once. `replaced`: a new secret was created before it was read.',
  })
  secret: (typeof LINK_SECRETS)[number];

  @ApiProperty()
  created_by: string;

  @ApiProperty({ format: 'date-time' })
  created_at: Date;

  @ApiProperty({ format: 'date-time', description: '7 days after its creation.' })
  expires_at: Date;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When it was first opened; null: not yet.' })
  opened_at: Date | null;
}

@ApiSchema({ name: 'NewSharedLink' })
export class NewSharedLinkResponse extends SharedLinkResponse {
  @ApiProperty({
    example: 'https://webhooks.example/shared#bpoc_lnk_…',
    description: 'For one person, without an account. Shown in this response and never again.',
  })
  url: string;
}

@ApiSchema({ name: 'SharedLinks' })
export class SharedLinksResponse {
  @ApiProperty({ type: [SharedLinkResponse] })
  data: SharedLinkResponse[];
}

@ApiSchema({ name: 'OpenSharedLink' })
export class OpenSharedLink {
  @RequiredText({ description: 'What follows the # in the link.', maxLength: 200 })
  token: string;
}

@ApiSchema({ name: 'SharedTest' })
export class SharedTest extends IntersectionType(OpenSharedLink, PickType(SendTest, ['event'] as const)) {}

@ApiSchema({ name: 'SharedWebhook' })
export class SharedWebhookResponse {
  @ApiProperty({ example: 'Payroll sync' })
  name: string;

  @ApiProperty({
    ...TEXT_OR_NULL,
    format: 'uri',
    example: 'https://hooks.payroll.example/bpoc',
    description: 'Where messages are sent; null: by email.',
  })
  url: string | null;

  @ApiProperty()
  is_active: boolean;
}

const FAILURE = ['event_id', 'event', 'created_at', 'status', 'reason', 'response_status', 'attempts'] as const;

@ApiSchema({ name: 'SharedFailure' })
export class SharedFailureResponse extends PickType(DeliveryResponse, FAILURE) {
  @ApiProperty({ format: 'uuid' })
  delivery_id: string;
}

const ATTEMPT = ['n', 'started_at', 'outcome', 'reason', 'response_status', 'duration_ms'] as const;

@ApiSchema({ name: 'SharedAttempt' })
export class SharedAttemptResponse extends PickType(AttemptResponse, ATTEMPT) {}

@ApiSchema({ name: 'SharedHandover' })
export class SharedHandoverResponse {
  @ApiProperty({ enum: LINK_SECRETS, enumName: 'SharedLinkSecret', description: 'Whether the secret can be read.' })
  secret: (typeof LINK_SECRETS)[number];

  @ApiProperty({ type: [EventTypeResponse], description: 'The event types that are sent.' })
  event_types: EventTypeResponse[];

  @ApiProperty({ type: [SharedFailureResponse], description: 'The newest 10 of 7 days, failed or retrying.' })
  failures: SharedFailureResponse[];
}

@ApiSchema({ name: 'SharedDelivery' })
export class SharedDeliveryResponse extends SharedFailureResponse {
  @ApiProperty({ type: [SharedAttemptResponse], description: 'Every request, oldest first, without contents.' })
  timeline: SharedAttemptResponse[];
}

@ApiSchema({ name: 'SharedPage' })
export class SharedPageResponse {
  @ApiProperty({ example: 'North Star Recruiting', description: 'Name of the agency.' })
  agency: string;

  @ApiProperty()
  created_by: string;

  @ApiProperty({ format: 'date-time', description: 'When the link expires.' })
  expires_at: Date;

  @ApiProperty({ type: SharedWebhookResponse })
  webhook: SharedWebhookResponse;

  @ApiProperty({ type: SharedHandoverResponse, nullable: true, description: 'null: the link shares a delivery.' })
  handover: SharedHandoverResponse | null;

  @ApiProperty({ type: SharedDeliveryResponse, nullable: true, description: 'null: the link hands a webhook over.' })
  delivery: SharedDeliveryResponse | null;
}

@ApiSchema({ name: 'SharedSecret' })
export class SharedSecretResponse {
  @ApiProperty({
    description: 'The secret to verify signatures with. Shown in this response and never again.',
    example: 'whsec_BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=',
  })
  secret: string;
}

const TEST_RESULT = ['delivery_id', 'event_id', 'event', 'body'] as const;

@ApiSchema({ name: 'SharedTestResult' })
export class SharedTestResultResponse extends PickType(TestResultResponse, TEST_RESULT) {
  @ApiProperty({ type: SharedAttemptResponse, description: 'The request and its outcome.' })
  attempt: SharedAttemptResponse;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'The first 500 characters of the response.' })
  answer: string | null;
}
