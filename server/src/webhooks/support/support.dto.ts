import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import { TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { REASONS, type Reason } from '../model/reasons.js';
import { WebhookResponse } from '../settings/webhook-response.dto.js';

@ApiSchema({ name: 'AgencyTrouble' })
export class AgencyTroubleResponse {
  @ApiProperty({ format: 'uuid', description: 'The agency.' })
  agency_id: string;

  @ApiProperty({ type: 'integer', description: 'Webhooks that are paused.' })
  paused: number;

  @ApiProperty({ type: 'integer', description: 'Webhooks whose last 5 attempts failed, and that are not paused.' })
  failing: number;

  @ApiProperty({ type: 'integer', description: 'Webhooks that were switched off, not by a person.' })
  off: number;

  @ApiProperty({
    type: 'integer',
    description:
      'Webhooks with a delivery that has been due for more than 5 minutes, and that are neither paused nor held.',
  })
  late: number;

  @ApiProperty({
    ...TIME_OR_NULL,
    description: 'The first failure of the oldest problem; otherwise since when a delivery is late.',
  })
  since: Date | null;

  @ApiProperty({ type: 'integer', description: 'Pending deliveries of these webhooks; counting stops at 10,000.' })
  pending: number;
}

@ApiSchema({ name: 'AgencyTroubles' })
export class AgencyTroublesResponse {
  @ApiProperty({ type: [AgencyTroubleResponse], description: 'At most 200.' })
  data: AgencyTroubleResponse[];
}

const FIELDS = ['id', 'kind', 'is_active', 'off_reason', 'failures_in_a_row'] as const;

@ApiSchema({ name: 'SupportedWebhook' })
export class SupportedWebhookResponse extends PickType(WebhookResponse, FIELDS) {
  @ApiProperty({ ...TIME_OR_NULL, description: 'Since when it is off.' })
  off_at: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'First failure after the last success.' })
  failing_since: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'The next probe of a paused webhook.' })
  paused_until: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Its receiver asked to wait until then.' })
  held_until: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the last attempt ended.' })
  last_attempt_at: Date | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Its status; null: there was no response.' })
  last_status: number | null;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', nullable: true, description: 'Its outcome.' })
  last_reason: Reason | null;

  @ApiProperty({ type: 'integer', description: 'Pending deliveries; counting stops at 10,000.' })
  pending: number;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the first of them is due, or was.' })
  oldest_due_at: Date | null;
}

@ApiSchema({ name: 'SupportedAgency' })
export class SupportedAgencyResponse {
  @ApiProperty({ type: [SupportedWebhookResponse], description: 'All of its webhooks.' })
  data: SupportedWebhookResponse[];
}
