import { ApiProperty, ApiPropertyOptional, ApiSchema, PickType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { ID_OR_NULL } from '../../http/nullable-schemas.js';
import { TYPE_NAMES } from '../../events/catalogue/catalogue.js';
import { MayBeAbsent, NestedList } from '../../http/field-checks.js';
import { EventDetailResponse } from '../deliveries/delivery-response.dto.js';
import { MAX_CONDITIONS } from '../destinations/conditions.js';
import { FieldComparison, WebhookCondition } from './destination.dto.js';
import { CreateWebhook } from './webhooks.dto.js';

@ApiSchema({ name: 'PreviewConditions' })
export class PreviewConditions extends PickType(CreateWebhook, ['events']) {
  @ApiProperty({ type: [WebhookCondition], maxItems: MAX_CONDITIONS, description: 'As in a webhook.' })
  @NestedList(() => WebhookCondition, MAX_CONDITIONS)
  conditions: WebhookCondition[];
}

@ApiSchema({ name: 'ConditionsPreviewEvent' })
export class ConditionsPreviewEventResponse extends PickType(EventDetailResponse, ['id', 'type', 'occurred_at']) {
  @ApiProperty({ description: 'Whether it meets the conditions.' })
  matches: boolean;

  @ApiProperty({ type: FieldComparison, nullable: true, description: 'The comparison that failed.' })
  failed: FieldComparison | null;
}

@ApiSchema({ name: 'ConditionsPreview' })
export class ConditionsPreviewResponse {
  @ApiProperty({ type: 'integer', maximum: 50, description: 'How many events were checked: the newest of the types.' })
  count: number;

  @ApiProperty({ type: 'integer', description: 'How many of them match.', example: 7 })
  matches: number;

  @ApiProperty({ type: [ConditionsPreviewEventResponse], description: 'Newest first.' })
  events: ConditionsPreviewEventResponse[];
}

export class PreviewQuery {
  @ApiPropertyOptional({ description: 'The event type; by default the first of the webhook.', enum: [...TYPE_NAMES] })
  @MayBeAbsent()
  @IsIn(TYPE_NAMES, { message: 'event must be an event type' })
  event?: string;

  @ApiPropertyOptional({
    description: '`true`: several events in one message, not for endpoints. Default: as the webhook is set.',
    enum: ['false', 'true'],
  })
  @MayBeAbsent()
  @IsIn(['false', 'true'], { message: 'grouped must be true or false' })
  grouped?: 'false' | 'true';
}

@ApiSchema({ name: 'MessagePreview' })
export class MessagePreviewResponse {
  @ApiProperty({ example: 'application.created' })
  event: string;

  @ApiProperty({
    ...ID_OR_NULL,
    description:
      'The newest event of this type that meets the conditions; null: there is none, so the example is used.',
  })
  event_id: string | null;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'How many events are in the message, the newest ones.' })
  count: number;

  @ApiProperty({ description: 'The body of the request, byte for byte.' })
  body: string;
}
