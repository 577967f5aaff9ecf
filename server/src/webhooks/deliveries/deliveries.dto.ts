import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsUUID, Matches } from 'class-validator';
import { DAY, TIME } from '../../lib/time.js';
import { IsTimeOrDay, MayBeAbsent, OptionalLine } from '../../http/field-checks.js';
import { Limit, PageQuery } from '../../http/keyset-page.js';
import { REASONS, type Reason } from '../model/reasons.js';
import { patternOf } from '../../events/catalogue/catalogue.js';
import { FILTER_EVENTS } from './filter-events.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';

const TIME_OR_DAY = { anyOf: [TIME, DAY] };
const RESPONSE = /^([2-5]xx|[1-5][0-9][0-9]|none)$/;

/** `status=failed,retrying` and `status=failed&status=retrying` mean the same. */
const toList = ({ value }: { value: unknown }): unknown => {
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]));
};

/** Deliveries must meet all given conditions. */
export class DeliveryFilter {
  @ApiPropertyOptional({
    description: 'Deliveries in one of these states, separated by commas.',
    // Not `enum`: with it the maximum of a query parameter is lost.
    type: 'array',
    items: { $ref: '#/components/schemas/DeliveryStatus' },
    maxItems: DELIVERY_STATES.length,
  })
  @MayBeAbsent()
  @Transform(toList)
  @ArrayMaxSize(DELIVERY_STATES.length)
  @IsIn(DELIVERY_STATES, { each: true })
  status?: DeliveryState[];

  @ApiPropertyOptional({ description: 'Deliveries of this webhook, which may be deleted.', format: 'uuid' })
  @MayBeAbsent()
  @IsUUID('loose')
  webhook_id?: string;

  @ApiPropertyOptional({ description: 'Deliveries that this recovery has resent.', format: 'uuid' })
  @MayBeAbsent()
  @IsUUID('loose')
  recovery_id?: string;

  @ApiPropertyOptional({
    description: 'An event type of the catalogue, a group such as `application.*`, or `webhook.test`.',
    example: 'application.*',
    pattern: patternOf(FILTER_EVENTS),
  })
  @MayBeAbsent()
  @IsIn(FILTER_EVENTS, {
    message: 'event must be an event type such as application.created, a group such as application.*, or webhook.test',
  })
  event?: string;

  @ApiPropertyOptional({
    description:
      'The last response: `2xx`, `3xx`, `4xx`, `5xx`, an exact status from 100 to 599, or `none` (attempted, without ' +
      'a response). The script of a Google sheet responds with 200 even when it refuses.',
    example: '5xx',
    pattern: RESPONSE.source,
  })
  @MayBeAbsent()
  @Matches(RESPONSE, {
    message: 'response must be 2xx, 3xx, 4xx, 5xx, a status from 100 to 599, or none',
  })
  response?: string;

  @ApiPropertyOptional({ description: 'Its `reason`.', enum: REASONS, enumName: 'Reason', example: 'timeout' })
  @MayBeAbsent()
  @IsIn(REASONS, { message: 'reason must be one of the reasons that deliveries have, such as timeout' })
  reason?: Reason;

  @OptionalLine(
    'Id of a record that the event refers to (candidate, application, job, …), as it is in `data`; with its kind as ' +
      'a prefix (`candidate:uuid-789`) only that kind is searched.',
    'uuid-789',
  )
  reference?: string;

  @OptionalLine(
    'Search: the id of a delivery, of an event or of a record that the event refers to; or words of an event type ' +
      'or of its title.',
    'offer',
  )
  q?: string;

  @ApiPropertyOptional({ description: 'Created at or after.', ...TIME_OR_DAY, example: '2026-01-22T10:30:00Z' })
  @MayBeAbsent()
  @IsTimeOrDay()
  from?: string;

  @ApiPropertyOptional({ description: 'Created before.', ...TIME_OR_DAY, example: '2026-01-23T10:30:00Z' })
  @MayBeAbsent()
  @IsTimeOrDay()
  to?: string;

  @ApiPropertyOptional({
    description: '`false` excludes tests, `true` shows only tests, `any` shows both.',
    enum: ['false', 'true', 'any'],
    default: 'false',
  })
  @MayBeAbsent()
  @IsIn(['false', 'true', 'any'])
  test?: 'false' | 'true' | 'any';
}

class DeliveryPageQuery extends PageQuery {
  @Limit('deliveries', { maximum: 100, default: 50 })
  override limit: number = 50;
}

export class DeliveriesQuery extends IntersectionType(DeliveryPageQuery, DeliveryFilter) {}
