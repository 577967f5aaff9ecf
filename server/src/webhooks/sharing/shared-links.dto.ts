import { ApiProperty, ApiPropertyOptional, ApiSchema, PickType } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { EventTypeResponse } from '../../events/event-types.dto.js';
import { MayBeAbsent } from '../../http/field-checks.js';
import { ATTEMPT_OUTCOMES } from '../deliveries/attempt-response.dto.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';
import { REASONS, type Reason } from '../model/reasons.js';
import { SendTest } from '../settings/webhooks.dto.js';

export const LINK_SECRETS = ['none', 'waiting', 'read', 'replaced'] as const;

@ApiSchema({ name: 'HandOver' })
export class HandOver {
  @ApiPropertyOptional({
    description:
      'The present secret, as the answer to its creation or rotation showed it: then the link lets it be read once. ' +
      'Left out: the link does not include the secret.',
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
    description: '`waiting`: may be read once. `replaced`: another secret was made before it was read.',
  })
  secret: (typeof LINK_SECRETS)[number];

  @ApiProperty()
  created_by: string;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ format: 'date-time', description: '7 days after it was made.' })
  expires_at: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'First time; null: not yet.' })
  opened_at: string | null;
}

@ApiSchema({ name: 'NewSharedLink' })
export class NewSharedLinkResponse extends SharedLinkResponse {
  @ApiProperty({
    example: 'https://webhooks.example/shared#bpoc_lnk_…',
    description: 'For one person, without an account. Shown in this answer and never again.',
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
  @ApiProperty({ description: 'What follows the # in the link.', maxLength: 200 })
  @IsString()
  @MaxLength(200)
  token: string;
}

@ApiSchema({ name: 'SharedTest' })
export class SharedTest extends PickType(SendTest, ['event'] as const) {
  @ApiProperty({ description: 'What follows the # in the link.', maxLength: 200 })
  @IsString()
  @MaxLength(200)
  token: string;
}

@ApiSchema({ name: 'SharedWebhook' })
export class SharedWebhookResponse {
  @ApiProperty({ example: 'Payroll sync' })
  name: string;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'uri',
    example: 'https://hooks.payroll.example/bpoc',
    description: 'Where messages go; null: emails.',
  })
  url: string | null;

  @ApiProperty()
  is_active: boolean;
}

@ApiSchema({ name: 'SharedFailure' })
export class SharedFailureResponse {
  @ApiProperty({ format: 'uuid' })
  delivery_id: string;

  @ApiProperty({ format: 'uuid' })
  event_id: string;

  @ApiProperty({ example: 'application.created' })
  event: string;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ enum: DELIVERY_STATES, enumName: 'DeliveryStatus' })
  status: DeliveryState;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', nullable: true })
  reason: Reason | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 503 })
  response_status: number | null;

  @ApiProperty({ type: 'integer', description: 'How often we tried.', example: 4 })
  attempts: number;
}

@ApiSchema({ name: 'SharedAttempt' })
export class SharedAttemptResponse {
  @ApiProperty({ type: 'integer', description: 'Sent as `x-webhook-attempt`.', example: 1 })
  n: number;

  @ApiProperty({ format: 'date-time' })
  started_at: string;

  @ApiProperty({ enum: ATTEMPT_OUTCOMES, enumName: 'AttemptOutcome' })
  outcome: (typeof ATTEMPT_OUTCOMES)[number];

  @ApiProperty({ enum: REASONS, enumName: 'Reason' })
  reason: Reason;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  response_status: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 184 })
  duration_ms: number | null;
}

@ApiSchema({ name: 'SharedHandover' })
export class SharedHandoverResponse {
  @ApiProperty({ enum: LINK_SECRETS, enumName: 'SharedLinkSecret', description: 'Whether the secret can be read.' })
  secret: (typeof LINK_SECRETS)[number];

  @ApiProperty({ type: [EventTypeResponse], description: 'What is sent there.' })
  event_types: EventTypeResponse[];

  @ApiProperty({ type: [SharedFailureResponse], description: 'The newest 10 that failed or are retried, of 7 days.' })
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

  @ApiProperty({ format: 'date-time', description: 'When the link ends.' })
  expires_at: string;

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
    description: 'The secret to verify signatures with. Shown in this answer and never again.',
    example: 'whsec_BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=',
  })
  secret: string;
}

@ApiSchema({ name: 'SharedTestResult' })
export class SharedTestResultResponse {
  @ApiProperty({ format: 'uuid' })
  delivery_id: string;

  @ApiProperty({ format: 'uuid' })
  event_id: string;

  @ApiProperty({ example: 'webhook.test' })
  event: string;

  @ApiProperty({ type: SharedAttemptResponse, description: 'The request and its outcome.' })
  attempt: SharedAttemptResponse;

  @ApiProperty({ type: String, nullable: true, description: 'The first 500 characters that the server answered.' })
  answer: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The message that was sent, byte for byte.' })
  body: string | null;
}
