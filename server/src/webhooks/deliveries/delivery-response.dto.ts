import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { pageModel } from '../../http/keyset-page.js';
import { REASONS, type Reason } from '../engine/outcome.js';
import type { RetryPlan } from '../engine/retry-policy.js';
import { RETRY_PLANS } from '../webhooks.dto.js';
import { DELIVERY_STATES, type DeliveryState } from './delivery.entity.js';

export const ATTEMPT_OUTCOMES = ['succeeded', 'failed', 'interrupted'] as const;

@ApiSchema({ name: 'DeliveryWebhook' })
export class DeliveryWebhookResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uri', description: 'Its present address.', example: 'https://hooks.payroll.example/bpoc' })
  url: string;

  @ApiProperty({ example: 'Payroll sync' })
  description: string;

  @ApiProperty()
  is_active: boolean;

  @ApiProperty({ description: 'The webhook was deleted; its deliveries stay for the retention time.' })
  deleted: boolean;
}

@ApiSchema({ name: 'Subject' })
export class SubjectResponse {
  @ApiProperty({ description: 'Kind of record.', example: 'application' })
  kind: string;

  @ApiProperty({ example: 'uuid-123' })
  id: string;
}

@ApiSchema({ name: 'Delivery' })
export class DeliveryResponse {
  @ApiProperty({ format: 'uuid', description: 'Sent as `x-webhook-delivery`.' })
  id: string;

  @ApiProperty({ type: DeliveryWebhookResponse })
  webhook: DeliveryWebhookResponse;

  @ApiProperty({ format: 'uuid', description: 'Sent as `webhook-id`; the same for every webhook.' })
  event_id: string;

  @ApiProperty({ description: 'The event type.', example: 'application.created' })
  event: string;

  @ApiProperty({ description: 'A sample that a person sent, not a real event.' })
  test: boolean;

  @ApiProperty({ type: SubjectResponse, nullable: true, description: 'The record that the event is about.' })
  subject: SubjectResponse | null;

  @ApiProperty({
    enum: DELIVERY_STATES,
    enumName: 'DeliveryStatus',
    description:
      '`waiting`: owed, nothing tried yet or a resend is due. `retrying`: owed, at least one attempt failed. `delivered`: one attempt succeeded. `failed`: the retry plan is used up. `skipped`: the webhook was off. `cancelled`: by a person, or because the webhook was deleted or the data erased.',
  })
  status: DeliveryState;

  @ApiProperty({ type: 'integer', description: 'Requests begun so far.', example: 1 })
  attempts: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the last attempt; null: no answer.', example: 200 })
  response_status: number | null;

  @ApiProperty({
    enum: REASONS,
    enumName: 'Reason',
    nullable: true,
    description: 'What the last attempt came to, or why there was none; null before the first.',
  })
  reason: Reason | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the last attempt.', example: 184 })
  duration_ms: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Only while it is owed.' })
  next_attempt_at: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at: string | null;
}

export class DeliveryPage extends pageModel(DeliveryResponse) {}

@ApiSchema({ name: 'AttemptTiming' })
export class AttemptTimingResponse {
  @ApiProperty({ type: 'integer', nullable: true, description: 'Looking up the host name.' })
  dns_ms: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Connecting; null on a connection that was open already.',
  })
  connect_ms: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The TLS handshake.' })
  tls_ms: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From the request to the first byte of the answer.' })
  first_byte_ms: number | null;
}

@ApiSchema({ name: 'Attempt' })
export class AttemptResponse {
  @ApiProperty({
    type: 'integer',
    description: 'Sent as `x-webhook-attempt`; rises with every request begun.',
    example: 1,
  })
  n: number;

  @ApiProperty({ format: 'date-time' })
  started_at: string;

  @ApiProperty({ enum: ATTEMPT_OUTCOMES, enumName: 'AttemptOutcome' })
  outcome: (typeof ATTEMPT_OUTCOMES)[number];

  @ApiProperty({ enum: REASONS, enumName: 'Reason' })
  reason: Reason;

  @ApiProperty({
    description: 'The result came after another process had taken over the delivery: recorded, but it changed nothing.',
  })
  fenced: boolean;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  response_status: number | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 184 })
  duration_ms: number | null;

  @ApiProperty({ type: AttemptTimingResponse })
  timing: AttemptTimingResponse;

  @ApiProperty({ description: 'A kept-alive connection was dead, so the request went out once more on a new one.' })
  reconnected: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'A technical detail for the developer, never an address.' })
  detail: string | null;
}

@ApiSchema({ name: 'EventDetail' })
export class EventDetailResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'application.created' })
  type: string;

  @ApiProperty({ format: 'date-time', description: 'When it happened.' })
  occurred_at: string;

  @ApiProperty({ format: 'date-time', description: 'When it was stored.' })
  accepted_at: string;

  @ApiProperty()
  test: boolean;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the message; null when it was erased.' })
  size_bytes: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the message was erased.' })
  purged_at: string | null;
}

@ApiSchema({ name: 'DeliveryDetail' })
export class DeliveryDetailResponse extends DeliveryResponse {
  @ApiProperty({ enum: RETRY_PLANS, enumName: 'RetryPlan', description: 'The present plan of the webhook.' })
  retry_plan: RetryPlan;

  @ApiProperty({ type: 'integer', description: 'Attempts that the plan allows, the first included.', example: 4 })
  max_attempts: number;

  @ApiProperty({ type: EventDetailResponse, nullable: true, description: 'null when the event is past its retention.' })
  event_detail: EventDetailResponse | null;

  @ApiProperty({ type: [AttemptResponse], description: 'Every request that was begun, oldest first.' })
  timeline: AttemptResponse[];
}

const STRINGS = { type: 'object', additionalProperties: { type: 'string' } } as const;

@ApiSchema({ name: 'ExchangedContent' })
export class ExchangedContentResponse {
  @ApiProperty({ ...STRINGS, nullable: true, description: 'As sent, secrets masked; null when nothing was sent.' })
  request_headers: Record<string, string> | null;

  @ApiProperty({ ...STRINGS, nullable: true, description: 'null: there was no answer.' })
  response_headers: Record<string, string> | null;

  @ApiProperty({ type: String, nullable: true, description: 'The first 16 KiB of the answer, as text.' })
  response_body: string | null;

  @ApiProperty({ description: 'The answer was longer than what is kept.' })
  response_truncated: boolean;
}

@ApiSchema({ name: 'DeliveryAttemptContent' })
export class DeliveryAttemptContentResponse extends ExchangedContentResponse {
  @ApiProperty({ type: 'integer', example: 1 })
  n: number;
}

@ApiSchema({ name: 'DeliveryContent' })
export class DeliveryContentResponse {
  @ApiProperty({ type: String, nullable: true, description: 'The message, byte for byte; null when it was erased.' })
  body: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the message was erased.' })
  purged_at: string | null;

  @ApiProperty({ type: [DeliveryAttemptContentResponse], description: 'Oldest first.' })
  attempts: DeliveryAttemptContentResponse[];
}

@ApiSchema({ name: 'AttemptContent' })
export class AttemptContentResponse extends AttemptResponse implements ExchangedContentResponse {
  @ApiProperty({ ...STRINGS, nullable: true, description: 'As sent, secrets masked; null when nothing was sent.' })
  request_headers: Record<string, string> | null;

  @ApiProperty({ ...STRINGS, nullable: true, description: 'null: there was no answer.' })
  response_headers: Record<string, string> | null;

  @ApiProperty({ type: String, nullable: true, description: 'The first 16 KiB of the answer, as text.' })
  response_body: string | null;

  @ApiProperty({ description: 'The answer was longer than what is kept.' })
  response_truncated: boolean;
}

@ApiSchema({ name: 'DeliveryCount' })
export class DeliveryCountResponse {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10_000, example: 1204 })
  count: number;

  @ApiProperty({ description: 'There are more than 10,000; `count` stops there.' })
  capped: boolean;
}

@ApiSchema({ name: 'DeliveryCounts' })
export class DeliveryCountsResponse {
  @ApiProperty({ type: DeliveryCountResponse, description: 'All that match the filter, whatever their status.' })
  total: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  waiting: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  retrying: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  delivered: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  failed: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  skipped: DeliveryCountResponse;

  @ApiProperty({ type: DeliveryCountResponse })
  cancelled: DeliveryCountResponse;
}
