import { ApiProperty, ApiSchema, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { PageQuery, pageModel } from '../../http/keyset-page.js';
import { DeliveryFilter } from './deliveries.dto.js';
import {
  ABOUT,
  AboutResponse,
  byState,
  DeliveryResponse,
  DeliveryWebhookResponse,
  EventDetailResponse,
  SubjectResponse,
} from './delivery-response.dto.js';
import { FieldComparison } from '../settings/destination.dto.js';
import { RECIPIENT_RESULTS, type RecipientResult } from './recipient-result.js';

export class EventFilter extends PickType(DeliveryFilter, ['event', 'reference', 'q', 'from', 'to', 'test'] as const) {}

export class EventsQuery extends IntersectionType(PageQuery, EventFilter) {}

@ApiSchema({ name: 'EventDeliveryCounts' })
export class EventDeliveryCountsResponse extends byState<number>({ type: 'integer', minimum: 0 }) {}

@ApiSchema({ name: 'Event' })
export class EventResponse extends OmitType(EventDetailResponse, ['size_bytes'] as const) {
  @ApiProperty({ type: SubjectResponse, nullable: true, description: 'The record that the event is about.' })
  subject: SubjectResponse | null;

  @ApiProperty(ABOUT)
  about: AboutResponse | null;

  @ApiProperty({ type: EventDeliveryCountsResponse, description: 'How many webhooks it goes to, by state.' })
  deliveries: EventDeliveryCountsResponse;
}

export class EventPage extends pageModel(EventResponse) {}

const RECIPIENT_DELIVERY = ['id', 'status', 'attempts', 'response_status', 'reason'] as const;

@ApiSchema({ name: 'RecipientDelivery' })
export class RecipientDeliveryResponse extends PickType(DeliveryResponse, RECIPIENT_DELIVERY) {}

@ApiSchema({ name: 'EventRecipient' })
export class EventRecipientResponse {
  @ApiProperty({ type: DeliveryWebhookResponse })
  webhook: DeliveryWebhookResponse;

  @ApiProperty({
    enum: RECIPIENT_RESULTS,
    enumName: 'RecipientResult',
    description:
      '`told`: it has a delivery, see its status. `off`: the webhook was off, or was turned off before the delivery. ' +
      '`deleted`: the webhook had been deleted. `not_subscribed`: it does not subscribe to this type. ' +
      '`created_later`: the webhook is newer than the event. `subscribed_later`: it subscribes to this type now, but ' +
      'did not then. `conditions`: the event does not meet its conditions, see `left_out_by`.',
  })
  result: RecipientResult;

  @ApiProperty({ type: FieldComparison, nullable: true, description: 'The comparison that failed.' })
  left_out_by: FieldComparison | null;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'number' }],
    nullable: true,
    description: 'The value of that field in the event; null: none, or the caller is a viewer.',
    example: 'rejected',
  })
  left_out_value: string | number | null;

  @ApiProperty({ type: RecipientDeliveryResponse, nullable: true, description: 'null: there is none.' })
  delivery: RecipientDeliveryResponse | null;
}

@ApiSchema({ name: 'EventWithRecipients' })
export class EventWithRecipientsResponse extends IntersectionType(EventResponse, EventDetailResponse) {
  @ApiProperty({
    enum: ['present_settings'],
    description:
      'Why a webhook has no delivery is derived from its current settings, which may have changed since the event.',
  })
  judged_by: 'present_settings';

  @ApiProperty({
    type: [EventRecipientResponse],
    description:
      'Every webhook of the agency, newest first; deleted ones if they have a delivery, or were deleted within the ' +
      '30 days before and were subscribed. For a test only the webhook that it was sent to.',
  })
  recipients: EventRecipientResponse[];
}
