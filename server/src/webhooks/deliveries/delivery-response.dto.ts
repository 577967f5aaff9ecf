import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { ID_OR_NULL, TEXT_OR_NULL, TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { pageModel } from '../../http/keyset-page.js';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/kinds.js';
import { REASONS, type Reason } from '../model/reasons.js';
import type { RetryPlan } from '../model/retry-plans.js';
import { WebhookPace } from '../settings/destination.dto.js';
import { RETRY_PLANS } from '../settings/webhooks.dto.js';
import { AttemptResponse, DeliveryAttemptContentResponse } from './attempt-response.dto.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';

@ApiSchema({ name: 'DeliveryWebhook' })
export class DeliveryWebhookResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: DESTINATION_KINDS, enumName: 'WebhookKind', description: 'The kind of its destination.' })
  kind: DestinationKind;

  @ApiProperty({
    type: String,
    format: 'uri',
    nullable: true,
    description: 'Its current address; viewers get scheme and host only. null: it has recipients.',
    example: 'https://hooks.payroll.example/bpoc',
  })
  url: string | null;

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

@ApiSchema({ name: 'About' })
export class AboutResponse {
  @ApiProperty({
    description: 'The candidate, or the record by its number, and the title of the job if that is known.',
    example: 'Maria Santos · Customer Service Representative',
  })
  label: string;

  @ApiProperty({ description: 'What happened.', example: 'Maria Santos applied for Customer Service Representative' })
  sentence: string;
}

export const ABOUT = {
  type: AboutResponse,
  nullable: true,
  description: 'In words, with names: personal data. null for viewers, after an erasure, and for tests.',
} as const;

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

  @ApiProperty({ description: 'A test that a person sent, not a real event.' })
  test: boolean;

  @ApiProperty({ type: SubjectResponse, nullable: true, description: 'The record that the event is about.' })
  subject: SubjectResponse | null;

  @ApiProperty(ABOUT)
  about: AboutResponse | null;

  @ApiProperty({
    enum: DELIVERY_STATES,
    enumName: 'DeliveryStatus',
    description:
      '`waiting`: pending, not attempted yet, or a resend is due. `retrying`: pending, at least one attempt failed. ' +
      '`delivered`: an attempt succeeded. `failed`: the retry plan is used up. `skipped`: the webhook was off. ' +
      '`cancelled`: by a person, or because the webhook was deleted or the data erased.',
  })
  status: DeliveryState;

  @ApiProperty({ type: 'integer', description: 'Requests started so far.', example: 1 })
  attempts: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the last attempt; null: none.', example: 200 })
  response_status: number | null;

  @ApiProperty({
    enum: REASONS,
    enumName: 'Reason',
    nullable: true,
    description: 'The result of the last attempt, or why there was none; null before the first.',
  })
  reason: Reason | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the last attempt.', example: 184 })
  duration_ms: number | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Only while it is pending.' })
  next_attempt_at: Date | null;

  @ApiProperty({ format: 'date-time' })
  created_at: Date;

  @ApiProperty({ ...TIME_OR_NULL })
  finished_at: Date | null;

  @ApiProperty({
    ...ID_OR_NULL,
    description: 'The delivery whose attempt included this one, when several were sent to a tool as one message.',
  })
  delivered_in: string | null;
}

export class DeliveryPage extends pageModel(DeliveryResponse) {}

@ApiSchema({ name: 'EventDetail' })
export class EventDetailResponse {
  @ApiProperty({ format: 'uuid', description: 'Sent as `webhook-id`; the same for every webhook.' })
  id: string;

  @ApiProperty({ example: 'application.created' })
  type: string;

  @ApiProperty({ format: 'date-time', description: 'When it happened; `timestamp` of the message.' })
  occurred_at: Date;

  @ApiProperty({ format: 'date-time', description: 'When it was stored here; `from` and `to` filter by this.' })
  accepted_at: Date;

  @ApiProperty({ description: 'A test that a person sent, not a real event.' })
  test: boolean;

  @ApiProperty({ type: 'integer', nullable: true, example: 312, description: 'Of the message; null: it was erased.' })
  size_bytes: number | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the message was erased.' })
  purged_at: Date | null;
}

@ApiSchema({ name: 'Resend' })
export class ResendResponse {
  @ApiProperty({
    format: 'date-time',
    description: 'When it was requested; for a recovery, when that was started.',
    example: '2026-01-22T15:40:00.000Z',
  })
  at: Date;

  @ApiProperty({ description: 'The name of the person or API key at that time.', example: 'Anna Berg' })
  by: string;

  @ApiProperty({ ...ID_OR_NULL, description: 'Its recovery; null: it was a single resend.', example: null })
  recovery_id: string | null;
}

const WAITS_FOR = ['pace', 'group', 'quiet_hours'] as const;

@ApiSchema({ name: 'DeliveryWaits' })
export class DeliveryWaitsResponse {
  @ApiProperty({
    enum: WAITS_FOR,
    enumName: 'WaitsFor',
    description:
      '`pace`: for its turn. `group`: for its turn, or for the hour or day, to be sent in one message with others. ' +
      '`quiet_hours`: until they end.',
  })
  for: (typeof WAITS_FOR)[number];

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10_000, description: 'Deliveries before it.', example: 12 })
  before: number;

  @ApiProperty({ format: 'date-time', description: 'When it is expected to be sent.' })
  until: Date;

  @ApiProperty({ type: WebhookPace, description: 'The limit of its webhook.' })
  pace: WebhookPace;
}

@ApiSchema({ name: 'AnswerExcerpt' })
export class AnswerExcerptResponse {
  @ApiProperty({ type: 'integer', description: 'The attempt.', example: 1 })
  n: number;

  @ApiProperty({ description: 'The beginning of the response.', example: '{"error":"maintenance","until":"16:00"}' })
  text: string;
}

@ApiSchema({ name: 'DeliveryDetail' })
export class DeliveryDetailResponse extends DeliveryResponse {
  @ApiProperty({ enum: RETRY_PLANS, enumName: 'RetryPlan', description: 'The current plan of the webhook.' })
  retry_plan: RetryPlan;

  @ApiProperty({ type: 'integer', description: 'Attempts that the plan allows, including the first.', example: 4 })
  max_attempts: number;

  @ApiProperty({
    type: DeliveryWaitsResponse,
    nullable: true,
    description: 'What a due delivery is waiting for; `next_attempt_at` is then the time of its turn.',
  })
  waits: DeliveryWaitsResponse | null;

  @ApiProperty({ type: EventDetailResponse, nullable: true, description: 'null: the event is past its retention.' })
  event_detail: EventDetailResponse | null;

  @ApiProperty({ type: [AttemptResponse], description: 'Every request that was started, oldest first.' })
  timeline: AttemptResponse[];

  @ApiProperty({
    type: [AnswerExcerptResponse],
    description:
      'While it is not delivered: the first 500 characters of the newest 20 responses, of HTML pages their text, ' +
      'without values of the event, email addresses and phone numbers. Empty for callers who may not read contents. ' +
      'Not audited; the whole responses are in the content.',
  })
  answers: AnswerExcerptResponse[];

  @ApiProperty({ type: [ResendResponse], description: 'Who resent it, oldest first; the newest 100.' })
  resends: ResendResponse[];
}

@ApiSchema({ name: 'DeliveryContent' })
export class DeliveryContentResponse {
  @ApiProperty({ ...TEXT_OR_NULL, description: 'The message, byte for byte; null when it was erased.' })
  body: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the message was erased.' })
  purged_at: Date | null;

  @ApiProperty({ type: [DeliveryAttemptContentResponse], description: 'Oldest first.' })
  attempts: DeliveryAttemptContentResponse[];
}

@ApiSchema({ name: 'DeliveryCount' })
export class DeliveryCountResponse {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10_000, example: 1204 })
  count: number;

  @ApiProperty({ description: 'There are at least that many. A count stops at 10,000, a search at 10,000 in all.' })
  capped: boolean;
}

/** A model with one property for each state: `class Counts extends byState<number>({ type: 'integer' }) {}`. */
export function byState<T>(options: ApiPropertyOptions): new () => Record<DeliveryState, T> {
  class ByState {}
  for (const state of DELIVERY_STATES) ApiProperty(options)(ByState.prototype, state);
  return ByState as new () => Record<DeliveryState, T>;
}

@ApiSchema({ name: 'DeliveryCounts' })
export class DeliveryCountsResponse extends byState<DeliveryCountResponse>({ type: DeliveryCountResponse }) {
  @ApiProperty({ type: DeliveryCountResponse, description: 'All that match the filter, whatever their status.' })
  total: DeliveryCountResponse;
}
