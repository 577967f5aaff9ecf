import { ApiProperty, ApiSchema, IntersectionType, PickType } from '@nestjs/swagger';
import { PageQuery, pageModel } from '../../http/keyset-page.js';
import { REASONS, type Reason } from '../model/reasons.js';
import { DeliveryFilter } from './deliveries.dto.js';
import { ABOUT, AboutResponse, DeliveryWebhookResponse, SubjectResponse } from './delivery-response.dto.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';
import { FieldComparison } from '../settings/destination.dto.js';
import { RECIPIENT_RESULTS, type RecipientResult } from './recipient-result.js';

export class EventFilter extends PickType(DeliveryFilter, ['event', 'reference', 'q', 'from', 'to', 'test'] as const) {}

export class EventsQuery extends IntersectionType(PageQuery, EventFilter) {}

@ApiSchema({ name: 'EventDeliveryCounts' })
export class EventDeliveryCountsResponse implements Record<DeliveryState, number> {
  @ApiProperty({ type: 'integer', minimum: 0 })
  waiting: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  retrying: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 2 })
  delivered: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  failed: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  skipped: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  cancelled: number;
}

@ApiSchema({ name: 'Event' })
export class EventResponse {
  @ApiProperty({ format: 'uuid', description: 'Sent as `webhook-id`; the same for every webhook.' })
  id: string;

  @ApiProperty({ example: 'application.created' })
  type: string;

  @ApiProperty({ format: 'date-time', description: 'When it happened; `timestamp` of the message.' })
  occurred_at: Date;

  @ApiProperty({ format: 'date-time', description: 'When it was stored here; `from` and `to` go by this.' })
  accepted_at: Date;

  @ApiProperty({ description: 'A sample that a person sent, not a real event.' })
  test: boolean;

  @ApiProperty({ type: SubjectResponse, nullable: true, description: 'The record that the event is about.' })
  subject: SubjectResponse | null;

  @ApiProperty(ABOUT)
  about: AboutResponse | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its contents were erased.' })
  purged_at: Date | null;

  @ApiProperty({ type: EventDeliveryCountsResponse, description: 'How many webhooks it goes to, by state.' })
  deliveries: EventDeliveryCountsResponse;
}

export class EventPage extends pageModel(EventResponse) {}

@ApiSchema({ name: 'RecipientDelivery' })
export class RecipientDeliveryResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: DELIVERY_STATES, enumName: 'DeliveryStatus' })
  status: DeliveryState;

  @ApiProperty({ type: 'integer', description: 'Requests begun so far.', example: 1 })
  attempts: number;

  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  response_status: number | null;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', nullable: true })
  reason: Reason | null;
}

@ApiSchema({ name: 'EventRecipient' })
export class EventRecipientResponse {
  @ApiProperty({ type: DeliveryWebhookResponse })
  webhook: DeliveryWebhookResponse;

  @ApiProperty({
    enum: RECIPIENT_RESULTS,
    enumName: 'RecipientResult',
    description:
      '`told`: it has a delivery, whose status says how far that came. `off`: the webhook was off, or went off ' +
      'before it was delivered. `deleted`: the webhook was deleted before. `not_subscribed`: it does not hear of ' +
      'this type. `created_later`: the webhook is younger than the event. `subscribed_later`: it hears of this type ' +
      'now, but did not then. `conditions`: the event does not meet its conditions, `left_out_by` says which.',
  })
  result: RecipientResult;

  @ApiProperty({ type: FieldComparison, nullable: true, description: 'The comparison that did not hold.' })
  left_out_by: FieldComparison | null;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'number' }],
    nullable: true,
    description: 'What the event has in that field; null: nothing, or the caller is a viewer.',
    example: 'rejected',
  })
  left_out_value: string | number | null;

  @ApiProperty({ type: RecipientDeliveryResponse, nullable: true, description: 'null: there is none.' })
  delivery: RecipientDeliveryResponse | null;
}

@ApiSchema({ name: 'EventWithRecipients' })
export class EventWithRecipientsResponse extends EventResponse {
  @ApiProperty({ type: 'integer', nullable: true, example: 312, description: 'Of the message; null: erased.' })
  size_bytes: number | null;

  @ApiProperty({
    enum: ['present_settings'],
    description:
      'Why a webhook has no delivery is worked out from its settings as they are now; they may have ' +
      'been others when it happened.',
  })
  judged_by: 'present_settings';

  @ApiProperty({
    type: [EventRecipientResponse],
    description:
      'Every webhook of the agency, newest first; deleted ones when they have a delivery, or were deleted within 30 ' +
      'days before and would have heard of it. For a test only the webhook that it was sent to.',
  })
  recipients: EventRecipientResponse[];
}
