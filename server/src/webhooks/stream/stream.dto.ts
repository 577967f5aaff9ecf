import { ApiProperty, ApiSchema, getSchemaPath, OmitType, PickType } from '@nestjs/swagger';
import {
  DeliveryCountResponse,
  DeliveryCountsResponse,
  DeliveryResponse,
} from '../deliveries/delivery-response.dto.js';
import { RecoveryResponse } from '../recoveries/recoveries.dto.js';
import { WebhookCountsResponse, WebhookResponse } from '../settings/webhook-response.dto.js';

/* The data of each message. Fields have the same meaning as in the resource they come from. */

const DELIVERY_FIELDS = [
  ...(['id', 'event', 'test', 'status', 'attempts', 'response_status', 'reason', 'duration_ms'] as const),
  'next_attempt_at',
] as const;

@ApiSchema({ name: 'StreamDelivery' })
export class StreamDelivery extends PickType(DeliveryResponse, DELIVERY_FIELDS) {
  @ApiProperty({ format: 'uuid' })
  webhook_id: string;
}

const WEBHOOK_FIELDS = [
  'id',
  'health',
  'failures_in_a_row',
  'is_active',
  'paused_until',
  'held_until',
  'off_reason',
] as const;

@ApiSchema({ name: 'StreamWebhook' })
export class StreamWebhook extends PickType(WebhookResponse, WEBHOOK_FIELDS) {
  // Health follows from them. Not hourly as in `last_24h`, because all webhooks of an agency must fit into the buffer
  // of a reader.
  @ApiProperty({ type: WebhookCountsResponse, description: 'Of the last 24 hours, without tests.' })
  counts_24h: WebhookCountsResponse;
}

@ApiSchema({ name: 'StreamWebhookDeleted' })
export class StreamWebhookDeleted {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: [true] })
  deleted: true;
}

@ApiSchema({ name: 'StreamCounts' })
export class StreamCounts extends OmitType(DeliveryCountsResponse, ['total'] as const) {
  @ApiProperty({ type: DeliveryCountResponse, description: 'All of them, whatever their status.' })
  all: DeliveryCountResponse;
}

/** A message without data. */
@ApiSchema({ name: 'StreamSignal' })
export class StreamSignal {}

@ApiSchema({ name: 'StreamMessages' })
export class StreamMessages {
  @ApiProperty({ type: StreamDelivery, description: 'A delivery that is new or has changed.' })
  delivery: StreamDelivery;

  @ApiProperty({
    oneOf: [{ $ref: getSchemaPath(StreamWebhook) }, { $ref: getSchemaPath(StreamWebhookDeleted) }],
    description: 'A webhook that is new or deleted, or whose settings or health have changed.',
  })
  webhook: StreamWebhook | StreamWebhookDeleted;

  @ApiProperty({ type: StreamCounts, description: 'Deliveries of the last 24 hours without tests; at most every 5 s.' })
  counts: StreamCounts;

  @ApiProperty({ type: RecoveryResponse, description: 'The progress of a recovery. For admins and owners.' })
  recovery: RecoveryResponse;

  @ApiProperty({ type: StreamSignal, description: 'More has changed than can be listed: reload everything.' })
  reset: StreamSignal;

  @ApiProperty({ type: StreamSignal, description: 'Sent first, then every 8 s: the stream is alive.' })
  heartbeat: StreamSignal;
}

type Type = keyof StreamMessages;

export type StreamMessage = { [T in Type]: { type: T; data: StreamMessages[T] } }[Type];
