import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { REASONS, type Reason } from '../model/reasons.js';
import { DeliveryFilter } from './deliveries.dto.js';
import { DeliveryWebhookResponse } from './delivery-response.dto.js';

/** Without `from`: the 24 hours before `to`. Without `to`: until now. */
export class FailureGroupsQuery extends PickType(DeliveryFilter, ['webhook_id', 'from', 'to'] as const) {}

@ApiSchema({ name: 'FailureGroup' })
export class FailureGroupResponse {
  @ApiProperty({ type: DeliveryWebhookResponse })
  webhook: DeliveryWebhookResponse;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', description: 'Of the last attempt.', example: 'down' })
  reason: Reason;

  @ApiProperty({ type: 'integer', minimum: 1, example: 42, description: '`failed` and `retrying` together.' })
  count: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 30, description: 'The retry plan is used up.' })
  failed: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 12,
    description: 'Attempted without success so far; another attempt is planned.',
  })
  retrying: number;

  @ApiProperty({ format: 'date-time', description: 'When the oldest of them was created.' })
  first_at: Date;

  @ApiProperty({ format: 'date-time', description: 'When the newest of them was created.' })
  last_at: Date;

  @ApiProperty({ format: 'uuid' })
  oldest_delivery_id: string;

  @ApiProperty({ format: 'uuid' })
  newest_delivery_id: string;
}

@ApiSchema({ name: 'FailureGroups' })
export class FailureGroupsResponse {
  @ApiProperty({ type: [FailureGroupResponse], description: 'The largest first.' })
  data: FailureGroupResponse[];

  @ApiProperty({ format: 'date-time', description: 'Failures of deliveries created at or after this time.' })
  from: string;

  @ApiProperty({ format: 'date-time', description: 'Failures of deliveries created before this time.' })
  to: string;

  @ApiProperty({
    description:
      'More than 10,000 deliveries failed, or are being retried: the groups cover the newest 10,000 of each, so ' +
      'counts and first times are incomplete.',
  })
  capped: boolean;
}
