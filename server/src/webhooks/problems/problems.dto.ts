import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TEXT_OR_NULL } from '../../http/nullable-schemas.js';
import { OptionalLine } from '../../http/field-checks.js';
import { REASONS, type Reason } from '../model/reasons.js';

@ApiSchema({ name: 'Acknowledge' })
export class Acknowledge {
  @OptionalLine('A note for colleagues: what is being done.', 'Called their help desk, they restart it at 10.')
  note?: string;
}

@ApiSchema({ name: 'Muted' })
export class MutedResponse {
  @ApiProperty({ description: 'The name of the person or the key.', example: 'Ana Lopez' })
  by: string;

  @ApiProperty({ format: 'date-time', description: 'When they did so.' })
  at: Date;
}

@ApiSchema({ name: 'Acknowledged' })
export class AcknowledgedResponse extends MutedResponse {
  @ApiProperty({ ...TEXT_OR_NULL, description: 'null: none.', example: 'They restart it at 10.' })
  note: string | null;
}

@ApiSchema({ name: 'ProblemAnswer' })
export class ProblemAnswerResponse {
  @ApiProperty({ format: 'uuid', description: 'The delivery whose last attempt it was.' })
  delivery_id: string;

  @ApiProperty({ format: 'date-time', description: 'When the attempt began.' })
  at: Date;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', example: 'down' })
  reason: Reason;

  @ApiProperty({ type: 'integer', nullable: true, description: 'null: there was no answer.', example: 503 })
  response_status: number | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description:
      'The first 500 characters of the response, without values of the event, email addresses and phone numbers. ' +
      'null: none, or the caller may not read contents.',
    example: '{"error":"maintenance","until":"16:00"}',
  })
  text: string | null;
}

@ApiSchema({ name: 'WebhookProblem' })
export class WebhookProblemResponse {
  @ApiProperty({ format: 'uuid', description: 'The webhook.' })
  id: string;

  @ApiProperty({
    type: ProblemAnswerResponse,
    nullable: true,
    description: 'The newest failure that has not been delivered since.',
  })
  answer: ProblemAnswerResponse | null;

  @ApiProperty({ type: AcknowledgedResponse, nullable: true, description: 'Who acknowledged it.' })
  acknowledged: AcknowledgedResponse | null;

  @ApiProperty({ type: MutedResponse, nullable: true, description: 'Who muted it.' })
  muted: MutedResponse | null;
}

@ApiSchema({ name: 'WebhookProblems' })
export class WebhookProblemsResponse {
  @ApiProperty({ type: [WebhookProblemResponse] })
  data: WebhookProblemResponse[];
}
