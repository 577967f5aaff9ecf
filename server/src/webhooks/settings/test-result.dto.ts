import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TEXT_OR_NULL } from '../../http/nullable-schemas.js';
import { AttemptContentResponse } from '../deliveries/attempt-response.dto.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';

@ApiSchema({ name: 'TestResult' })
export class TestResultResponse {
  @ApiProperty({ format: 'uuid' })
  delivery_id: string;

  @ApiProperty({ format: 'uuid' })
  event_id: string;

  @ApiProperty({ example: 'webhook.test' })
  event: string;

  @ApiProperty({ enum: DELIVERY_STATES, enumName: 'DeliveryStatus', description: '`delivered` or `failed`.' })
  status: DeliveryState;

  @ApiProperty({ type: AttemptContentResponse })
  attempt: AttemptContentResponse;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description:
      'The first 500 characters of the response, without values of the event, email addresses and phone numbers; ' +
      'null: there was no response.',
    example: '{"error":"maintenance","until":"16:00"}',
  })
  answer_excerpt: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'The message that was sent, byte for byte.' })
  body: string | null;
}
