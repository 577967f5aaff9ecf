import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { REASONS, type Reason } from '../model/reasons.js';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/kinds.js';

const TIME_OR_NULL = { type: String, format: 'date-time', nullable: true } as const;

@ApiSchema({ name: 'AgencyTrouble' })
export class AgencyTroubleResponse {
  @ApiProperty({ format: 'uuid', description: 'The agency.' })
  agency_id: string;

  @ApiProperty({ type: 'integer', description: 'Webhooks that are paused.' })
  paused: number;

  @ApiProperty({ type: 'integer', description: 'Webhooks whose last 5 attempts failed, and that are not paused.' })
  failing: number;

  @ApiProperty({ type: 'integer', description: 'Webhooks that were switched off, but not by a person.' })
  off: number;

  @ApiProperty({
    type: 'integer',
    description: 'Webhooks of which a delivery is due for more than 5 minutes, and that are neither paused nor held.',
  })
  late: number;

  @ApiProperty({
    ...TIME_OR_NULL,
    description: 'The first failure of the oldest trouble; without one, since when a delivery is late.',
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

@ApiSchema({ name: 'SupportedWebhook' })
export class SupportedWebhookResponse {
  @ApiProperty({ format: 'uuid', description: 'The webhook.' })
  id: string;

  @ApiProperty({ enum: DESTINATION_KINDS, enumName: 'WebhookKind', description: 'What it sends to.' })
  kind: DestinationKind;

  @ApiProperty({ description: 'false: nothing is sent.' })
  is_active: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why it is off.' })
  off_reason: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Since when it is off.' })
  off_at: Date | null;

  @ApiProperty({ type: 'integer', description: 'Attempts that failed since the last success.' })
  failures_in_a_row: number;

  @ApiProperty({ ...TIME_OR_NULL, description: 'The first of them.' })
  failing_since: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'The next probe of a paused webhook.' })
  paused_until: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Until then its receiver asked to wait.' })
  held_until: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When the last attempt ended.' })
  last_attempt_at: Date | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Its status; null: there was no answer.' })
  last_status: number | null;

  @ApiProperty({ enum: REASONS, enumName: 'Reason', nullable: true, description: 'What it came to.' })
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
