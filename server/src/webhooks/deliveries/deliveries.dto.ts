import { ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { ONE_LINE } from '../../common/one-line.js';
import { PageQuery } from '../../http/keyset-page.js';
import { REASONS, type Reason } from '../engine/outcome.js';
import { FILTER_EVENTS } from './delivery-filter.js';
import { DELIVERY_STATES, type DeliveryState } from './delivery.entity.js';

const A_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
const A_TIME_MESSAGE = '$property must be a time such as 2026-01-22T10:30:00Z, or a day (UTC) such as 2026-01-22';

/** `status=failed,retrying` and `status=failed&status=retrying` mean the same. */
const toList = ({ value }: { value: unknown }): unknown => {
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]));
};

/** What to show of the log. Every condition that is given must hold. */
export class DeliveryFilter {
  @ApiPropertyOptional({
    description: 'Deliveries in one of these states; several separated by commas.',
    // Not as `enum`: that drops the bound of a query parameter.
    type: 'array',
    items: { $ref: '#/components/schemas/DeliveryStatus' },
    maxItems: DELIVERY_STATES.length,
  })
  @IsOptional()
  @Transform(toList)
  @ArrayMaxSize(DELIVERY_STATES.length)
  @IsIn(DELIVERY_STATES, { each: true })
  status?: DeliveryState[];

  @ApiPropertyOptional({ description: 'Deliveries of this webhook, deleted ones included.', format: 'uuid' })
  @IsOptional()
  @IsUUID('all')
  webhook_id?: string;

  @ApiPropertyOptional({
    description: 'An event type of the catalogue, a group such as `application.*`, or `webhook.test`.',
    example: 'application.*',
  })
  @IsOptional()
  @IsIn(FILTER_EVENTS, {
    message: 'event must be an event type such as application.created, a group such as application.*, or webhook.test',
  })
  event?: string;

  @ApiPropertyOptional({
    description:
      'The last answer: `2xx`, `3xx`, `4xx`, `5xx`, an exact status from 100 to 599, or `none` (tried, but no answer).',
    example: '5xx',
  })
  @IsOptional()
  @Matches(/^([2-5]xx|[1-5]\d\d|none)$/, {
    message: 'response must be 2xx, 3xx, 4xx, 5xx, a status from 100 to 599, or none',
  })
  response?: string;

  @ApiPropertyOptional({
    description: 'Why the delivery stands as it does: the machine word that it shows as its `reason`.',
    enum: REASONS,
    enumName: 'Reason',
    example: 'timeout',
  })
  @IsOptional()
  @IsIn(REASONS, { message: 'reason must be one of the reasons that deliveries have, such as timeout' })
  reason?: Reason;

  @ApiPropertyOptional({
    description:
      'Id of a record that the event speaks of (candidate, application, job, …), as it is in `data`; with its kind in front (`candidate:uuid-789`) no other kind is searched.',
    example: 'uuid-789',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE)
  reference?: string;

  @ApiPropertyOptional({
    description:
      'Search: the id of a delivery, of an event or of a record that the event speaks of; or words of an event type or of its title.',
    example: 'offer',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @Matches(ONE_LINE)
  q?: string;

  @ApiPropertyOptional({ description: 'Created at or after.', format: 'date-time', example: '2026-01-22T10:30:00Z' })
  @IsOptional()
  @Matches(A_TIME, { message: A_TIME_MESSAGE })
  from?: string;

  @ApiPropertyOptional({ description: 'Created before.', format: 'date-time', example: '2026-01-23T10:30:00Z' })
  @IsOptional()
  @Matches(A_TIME, { message: A_TIME_MESSAGE })
  to?: string;

  @ApiPropertyOptional({
    description: '`false` leaves tests out, `true` shows tests alone, `any` shows both.',
    enum: ['false', 'true', 'any'],
    default: 'false',
  })
  @IsOptional()
  @IsIn(['false', 'true', 'any'])
  test?: 'false' | 'true' | 'any';
}

class DeliveryPageQuery extends PageQuery {
  @ApiPropertyOptional({
    description: 'How many deliveries to answer with at most.',
    minimum: 1,
    maximum: 100,
    default: 50,
    type: 'integer',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  override limit: number = 50;
}

export class DeliveriesQuery extends IntersectionType(DeliveryPageQuery, DeliveryFilter) {}
