import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsUUID, Length, Matches } from 'class-validator';
import { ONE_LINE, schemaPattern } from '../../lib/text.js';
import type { ReferenceKind } from '../../events/catalogue/event-type.js';
import { REFERENCE_KINDS } from '../../events/reference-conditions.js';

export class ReferenceParams {
  @ApiProperty({ description: 'The kind of the record.', enum: [...REFERENCE_KINDS], example: 'candidate' })
  @IsIn(REFERENCE_KINDS)
  kind: ReferenceKind;

  @ApiProperty({
    description: 'Its id as it is in `data`, percent-encoded.',
    example: 'uuid-789',
    minLength: 1,
    maxLength: 128,
    pattern: schemaPattern(ONE_LINE),
  })
  @Matches(ONE_LINE, { message: '$property must not contain control characters' })
  @Length(1, 128)
  value: string;
}

export class ErasureQuery {
  @ApiProperty({ description: 'The agency.', format: 'uuid' })
  @IsUUID('loose')
  agencyId: string;
}

@ApiSchema({ name: 'ErasedReceived' })
export class ErasedReceivedResponse {
  @ApiProperty({ format: 'uuid' })
  webhook_id: string;

  @ApiProperty({ example: 'Payroll sync' })
  description: string;

  @ApiProperty({ type: 'integer', minimum: 0, example: 10, description: 'Deliveries that it accepted.' })
  delivered: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 1,
    description: 'Others with at least one request: the receiver may have read it.',
  })
  tried: number;
}

@ApiSchema({ name: 'Erasure' })
export class ErasureResponse {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 12,
    description:
      'Events whose messages and responses were erased now; those that were erased before do not count again.',
  })
  events: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 2,
    description: 'Pending deliveries that became `cancelled`, with the reason `erased`.',
  })
  deliveries_cancelled: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 0,
    description:
      'Requests in flight: they finish, nothing of their responses is kept, and their retries are cancelled.',
  })
  in_flight: number;

  @ApiProperty({
    type: [ErasedReceivedResponse],
    description:
      'Webhooks that had received what was erased now: their owners have to erase it too. What an earlier request ' +
      'erased is in its response and in the audit log.',
  })
  received_by: ErasedReceivedResponse[];
}
