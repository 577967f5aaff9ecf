import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { ID_OR_NULL, TEXT_OR_NULL, TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { pageModel } from '../../http/keyset-page.js';
import { DeliveryResponse } from '../deliveries/delivery-response.dto.js';
import { RECIPIENT_STATES, type RecipientState } from '../model/webhook-recipient.entity.js';
import { REASONS, type Reason } from '../model/reasons.js';
import type { RetryPlan } from '../model/retry-plans.js';
import type { OutdatedCondition } from '../destinations/conditions.js';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/kinds.js';
import { CONTENT, WebhookCondition, type WebhookContent, WebhookPace, WebhookStyle } from './destination.dto.js';
import { HEALTH_STATES, type HealthState } from './health-state.js';
import { RETRY_PLANS } from './webhooks.dto.js';

export const OFF_REASONS = ['person', 'gone', 'target_gone', 'failing_5_days', 'session_ended'] as const;

@ApiSchema({ name: 'PreviousSecret' })
export class PreviousSecretResponse {
  @ApiProperty({ description: 'Its last four characters.', example: '7TgA' })
  last4: string;

  @ApiProperty({ format: 'date-time', description: 'Until when it signs too.', example: '2026-01-23T10:30:00.000Z' })
  until: string;
}

@ApiSchema({ name: 'LastDelivery' })
export class LastDeliveryResponse {
  @ApiProperty({ format: 'date-time', description: 'When the last attempt ended. Tests do not count.' })
  at: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'null: there was no answer.', example: 200 })
  response_status: number | null;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', example: 'ok' })
  reason: Reason;
}

@ApiSchema({ name: 'WebhookCounts' })
export class WebhookCountsResponse {
  @ApiProperty({ type: 'integer', description: 'Deliveries that succeeded.', example: 312 })
  delivered: number;

  @ApiProperty({ type: 'integer', description: 'Deliveries whose retry plan is used up.', example: 42 })
  failed: number;

  @ApiProperty({ type: 'integer', description: 'Failed attempts, including those that are retried.', example: 60 })
  failed_attempts: number;

  @ApiProperty({ type: 'integer', description: 'Events that its conditions excluded.', example: 12 })
  left_out: number;
}

@ApiSchema({ name: 'WebhookBucket' })
export class WebhookBucketResponse extends WebhookCountsResponse {
  @ApiProperty({
    type: 'integer',
    description:
      'Deliveries of events of this time that are waiting or retrying, among the first 10,000 of the webhook.',
    example: 3,
  })
  pending: number;

  @ApiProperty({ format: 'date-time', description: 'Start of the step (UTC).' })
  start: string;
}

const HOUR = ['delivered', 'failed', 'pending', 'start'] as const;

@ApiSchema({ name: 'WebhookHour' })
export class WebhookHourResponse extends PickType(WebhookBucketResponse, HOUR) {}

@ApiSchema({ name: 'WebhookDay' })
export class WebhookDayResponse extends WebhookCountsResponse {
  @ApiProperty({ type: [WebhookHourResponse], description: '24 hours, oldest first; the last is now.' })
  hours: WebhookHourResponse[];
}

@ApiSchema({ name: 'WebhookSeries' })
export class WebhookSeriesResponse {
  @ApiProperty({ type: [WebhookBucketResponse], description: 'The last 24 hours, oldest first; the last is now.' })
  hourly: WebhookBucketResponse[];

  @ApiProperty({ type: [WebhookBucketResponse], description: 'The last 7 days in 28 steps of 6 hours, oldest first.' })
  six_hourly: WebhookBucketResponse[];

  @ApiProperty({ type: [WebhookBucketResponse], description: 'The last 30 days, oldest first; the last one is today.' })
  daily: WebhookBucketResponse[];
}

@ApiSchema({ name: 'NotDelivered' })
export class NotDeliveredResponse {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many, at most 10,000.', example: 48 })
  count: number;

  @ApiProperty({ description: 'There are more: counting stops at 10,000.' })
  capped: boolean;

  @ApiProperty({ ...TIME_OR_NULL, description: 'The time of the event of the oldest one.' })
  since: string | null;
}

@ApiSchema({ name: 'Recipient' })
export class RecipientResponse {
  @ApiProperty({ description: 'Viewers see its first letter and its host.', example: 'ann@recruiting.example' })
  email: string;

  @ApiProperty({
    enum: RECIPIENT_STATES,
    enumName: 'RecipientState',
    description:
      'Only `confirmed` recipients get emails. `waiting`: not a member of the team, and has not agreed yet. ' +
      '`unsubscribed`: wants no more emails. `bounced`: refused by the mail server of the address, see reason.',
  })
  state: RecipientState;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'The response of the mail server to a `bounced` address.' })
  reason: string | null;

  @ApiProperty({
    ...TIME_OR_NULL,
    description: 'When the address was last asked for consent; null: not yet, or no consent is needed.',
  })
  asked_at: string | null;
}

@ApiSchema({ name: 'OutdatedCondition' })
export class OutdatedConditionResponse implements OutdatedCondition {
  @ApiProperty({ description: 'The event type of the condition.', example: 'application.status_changed' })
  event: string;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'Its field; null: the event type no longer exists.' })
  field: string | null;
}

@ApiSchema({ name: 'Webhook' })
export class WebhookResponse {
  @ApiProperty({ format: 'uuid', example: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21' })
  id: string;

  @ApiProperty({ enum: DESTINATION_KINDS, enumName: 'WebhookKind', description: 'What the address belongs to.' })
  kind: DestinationKind;

  @ApiProperty({ type: WebhookStyle, nullable: true, description: 'How messages are written; null for endpoints.' })
  style: WebhookStyle | null;

  @ApiProperty({ ...CONTENT, nullable: true, description: 'How much of an event it gets; null for tools.' })
  content: WebhookContent | null;

  @ApiProperty({
    type: WebhookPace,
    nullable: true,
    description: 'The limit on requests: its own, or that of its kind. null: none, as fast as it responds.',
  })
  pace: WebhookPace | null;

  @ApiProperty({ type: [WebhookCondition], nullable: true, description: 'Which events it gets; null: all.' })
  conditions: WebhookCondition[] | null;

  @ApiProperty({
    type: [OutdatedConditionResponse],
    description: 'Its conditions that no event of this release can meet, because the type or field no longer exists.',
  })
  outdated_conditions: OutdatedConditionResponse[];

  @ApiProperty({
    ...TEXT_OR_NULL,
    description:
      'Where messages are sent. Viewers get scheme and host only: path and query may hold a key. For a tool everyone ' +
      'gets the host and the last four characters, because the whole address is its secret. null: kind `email`.',
    example: 'https://hooks.payroll.example/bpoc',
  })
  url: string | null;

  @ApiProperty({
    type: [RecipientResponse],
    nullable: true,
    description: 'Who gets the emails of kind `email`; null for other kinds.',
    example: null,
  })
  recipients: RecipientResponse[] | null;

  @ApiProperty({ ...ID_OR_NULL, description: 'The test inbox that has this address, if it is one.' })
  inbox_id: string | null;

  @ApiProperty({ description: 'Empty if it has none.', example: 'Payroll sync' })
  description: string;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description: 'The key of `PUT /api/recruiter/webhooks/by-key/{external_key}` that created it.',
    example: null,
  })
  external_key: string | null;

  @ApiProperty({ type: [String], example: ['application.*', 'offer.accepted'] })
  events: string[];

  @ApiProperty({ description: 'false: new events become `skipped` deliveries.' })
  is_active: boolean;

  @ApiProperty({
    enum: OFF_REASONS,
    enumName: 'OffReason',
    nullable: true,
    description:
      'Why it is off: a person switched it off, the receiver answered 410 Gone, the channel, space or script no ' +
      'longer exists, or every attempt failed for 5 days.',
  })
  off_reason: (typeof OFF_REASONS)[number] | null;

  @ApiProperty({ ...TIME_OR_NULL })
  off_at: string | null;

  @ApiProperty({ enum: RETRY_PLANS, enumName: 'RetryPlan' })
  retry_plan: RetryPlan;

  @ApiProperty({ description: 'Whether requests carry the `traceparent` of their event.' })
  traceparent: boolean;

  @ApiProperty({
    type: [String],
    description: 'Names of the added headers. Their values are never shown.',
    example: ['x-tenant'],
  })
  header_names: string[];

  @ApiProperty({ description: 'The last four characters of the secret, for a tool of its address.', example: 'k9Qz' })
  secret_last4: string;

  @ApiProperty({ format: 'date-time' })
  secret_created_at: string;

  @ApiProperty({
    type: PreviousSecretResponse,
    nullable: true,
    description: 'The previous secret, while requests are signed with both.',
  })
  previous_secret: PreviousSecretResponse | null;

  @ApiProperty({
    description: 'Whether `x-webhook-signature` uses the current secret; false while it still uses the previous one.',
  })
  secret_switched: boolean;

  @ApiProperty({
    enum: HEALTH_STATES,
    enumName: 'WebhookHealth',
    description:
      '`new`: no attempt yet. `some_problems`: something failed or is being retried within 24 hours. `slowed_down`: ' +
      'the receiver asked to wait, see held_until. `failing`: the last 5 attempts failed. `paused`: it kept failing, ' +
      'and only probes are sent. `off`: see off_reason.',
  })
  health: HealthState;

  @ApiProperty({ type: 'integer', description: 'Failed attempts since the last success.', example: 0 })
  failures_in_a_row: number;

  @ApiProperty({ ...TIME_OR_NULL, description: 'First failure after the last success.' })
  failing_since: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the next probe is sent.' })
  paused_until: string | null;

  @ApiProperty({
    ...TIME_OR_NULL,
    description: 'The receiver answered 429: nothing is sent until then, and no delivery loses an attempt.',
  })
  held_until: string | null;

  @ApiProperty({ type: LastDeliveryResponse, nullable: true })
  last_delivery: LastDeliveryResponse | null;

  @ApiProperty({
    type: NotDeliveredResponse,
    description:
      'What has not been delivered: waiting, retrying, and failed since it stopped working, at least of the last 24 ' +
      'hours; also skipped deliveries if it was switched off for failing. Without tests.',
  })
  not_delivered: NotDeliveredResponse;

  @ApiProperty({ type: WebhookDayResponse })
  last_24h: WebhookDayResponse;

  @ApiProperty({ format: 'date-time' })
  created_at: string;

  @ApiProperty({ format: 'date-time' })
  updated_at: string;
}

export class WebhookPage extends pageModel(WebhookResponse) {}

@ApiSchema({ name: 'AnswerTime' })
export class AnswerTimeResponse {
  @ApiProperty({ type: 'integer', description: 'The median.', example: 180 })
  typical_ms: number;

  @ApiProperty({ type: 'integer', description: 'The 95th percentile.', example: 1900 })
  slowest_5_percent_ms: number;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1000, description: 'How many were measured.', example: 312 })
  count: number;
}

@ApiSchema({ name: 'WebhookDetail' })
export class WebhookDetailResponse extends WebhookResponse {
  @ApiProperty({ type: [DeliveryResponse], description: 'The newest 20, including tests.' })
  recent_deliveries: DeliveryResponse[];

  @ApiProperty({ type: WebhookSeriesResponse })
  series: WebhookSeriesResponse;

  @ApiProperty({
    type: AnswerTimeResponse,
    nullable: true,
    description:
      'Response times of the newest successes of 24 hours, at most 1,000, without tests. null: there is none.',
  })
  answer_time: AnswerTimeResponse | null;
}

const SECRET = {
  description: 'The secret to verify signatures with. Shown in this response and never again.',
  example: 'whsec_BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE=',
};

@ApiSchema({ name: 'WebhookWithSecret' })
export class WebhookWithSecretResponse extends WebhookResponse {
  @ApiProperty(SECRET)
  secret: string;
}

@ApiSchema({ name: 'CreatedWebhook' })
export class CreatedWebhookResponse extends WebhookResponse {
  @ApiProperty({ ...SECRET, ...TEXT_OR_NULL, description: `${SECRET.description} null for tools.` })
  secret: string | null;
}

@ApiSchema({ name: 'EnsuredWebhook' })
export class EnsuredWebhookResponse extends WebhookResponse {
  @ApiProperty({ ...SECRET, ...TEXT_OR_NULL, description: `${SECRET.description} null unless it is new.` })
  secret: string | null;
}
