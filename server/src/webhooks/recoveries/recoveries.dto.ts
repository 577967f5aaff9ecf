import { ApiProperty, ApiPropertyOptional, ApiSchema, PickType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, Equals, IsArray, IsIn, IsInt, IsUUID, Min } from 'class-validator';
import { ID_OR_NULL, TIME_OR_NULL } from '../../http/nullable-schemas.js';
import { pageModel, PageQuery } from '../../http/keyset-page.js';
import { MayBeAbsent, Nested } from '../../http/field-checks.js';
import { DeliveryFilter } from '../deliveries/deliveries.dto.js';
import { ABOUT, AboutResponse } from '../deliveries/delivery-response.dto.js';
import { RECOVERY_STATES, type RecoveryState } from './recovery.entity.js';

/** At 50 a second they take 7 minutes. */
export const MAX_PLANNED = 20_000;

/** How many plans of an agency are kept, the newest. */
export const MAX_PLANS = 20;

/** More than a person selects one by one. */
const MAX_CHOSEN = 1_000;

/** How many events of a plan are shown. */
export const MAX_SHOWN = 5;

export const RECOVERABLE_STATES = ['failed', 'skipped'] as const;

@ApiSchema({ name: 'RecoveryFilter' })
export class RecoveryFilter extends PickType(DeliveryFilter, [
  'webhook_id',
  'event',
  'response',
  'reason',
  'reference',
  'q',
  'from',
  'to',
] as const) {
  @ApiPropertyOptional({
    description: 'Deliveries in one of these states; omitted: both.',
    enum: RECOVERABLE_STATES,
    enumName: 'RecoverableStatus',
    isArray: true,
    maxItems: RECOVERABLE_STATES.length,
    example: ['failed'],
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(RECOVERABLE_STATES.length)
  @IsIn(RECOVERABLE_STATES, { each: true })
  status?: (typeof RECOVERABLE_STATES)[number][];

  @ApiPropertyOptional({
    description: `Only these deliveries, at most ${MAX_CHOSEN}; the other conditions must hold for them as well.`,
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    minItems: 1,
    maxItems: MAX_CHOSEN,
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_CHOSEN)
  @IsUUID('loose', { each: true })
  delivery_ids?: string[];
}

@ApiSchema({ name: 'IncludePast' })
export class IncludePast {
  @ApiProperty({ format: 'uuid', description: 'The webhook that gets them.' })
  @IsUUID('loose')
  webhook_id: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    example: 7,
    description: 'Events accepted in the last days, at most as many days as events are kept.',
  })
  @IsInt()
  @Min(1)
  days: number;
}

/** The body of either step, of which `PlanRecovery`, `PlanPast` and `RunRecovery` are the forms. */
export class CreateRecovery {
  @ApiProperty({
    type: RecoveryFilter,
    description: `First step: what to resend, by the filters of the log. At most ${MAX_PLANNED} deliveries.`,
  })
  @MayBeAbsent()
  @Nested(() => RecoveryFilter)
  filter?: RecoveryFilter;

  @ApiProperty({
    type: IncludePast,
    description:
      'First step, instead of `filter`: events that a webhook did not get, because it did not exist or was not ' +
      `subscribed. Its current events and conditions decide. At most ${MAX_PLANNED} events.`,
  })
  @MayBeAbsent()
  @Nested(() => IncludePast)
  include_past?: IncludePast;

  @ApiProperty({ enum: [true], description: 'Nothing is sent yet.' })
  @MayBeAbsent()
  @Equals(true, { message: 'dry_run must be true: look at the plan first, then run it by its plan_id' })
  dry_run?: true;

  @ApiProperty({
    format: 'uuid',
    description:
      `Second step: send what the dry run found. Plans expire after a day, and only the newest ${MAX_PLANS} of an ` +
      'agency are kept.',
  })
  @MayBeAbsent()
  @IsUUID('loose')
  plan_id?: string;
}

@ApiSchema({ name: 'PlanRecovery' })
export class PlanRecovery extends PickType(CreateRecovery, ['filter', 'dry_run'] as const) {}

@ApiSchema({ name: 'PlanPast' })
export class PlanPast extends PickType(CreateRecovery, ['include_past', 'dry_run'] as const) {}

@ApiSchema({ name: 'RunRecovery' })
export class RunRecovery extends PickType(CreateRecovery, ['plan_id'] as const) {}

@ApiSchema({ name: 'RecoveryLeftOut' })
export class RecoveryLeftOutResponse {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Their webhook is off or deleted.' })
  webhook_off: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Their message was erased.' })
  purged: number;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'With `include_past`: excluded by its conditions.' })
  conditions: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'With `include_past`: the webhook has a delivery of them: sent, failed or skipped.',
  })
  in_log: number;
}

@ApiSchema({ name: 'RecoveryEvent' })
export class RecoveryEventResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'application.created' })
  type: string;

  @ApiProperty({ format: 'date-time', description: 'When it was stored here.' })
  accepted_at: Date;

  @ApiProperty(ABOUT)
  about: AboutResponse | null;
}

@ApiSchema({ name: 'RecoveryPlan' })
export class RecoveryPlanResponse {
  @ApiProperty({ format: 'uuid' })
  plan_id: string;

  @ApiProperty({ type: 'integer', minimum: 0, example: 42, description: 'Deliveries that will be sent.' })
  count: number;

  @ApiProperty({ type: RecoveryLeftOutResponse, description: 'Matches that will not be sent.' })
  left_out: RecoveryLeftOutResponse;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    example: 50,
    description: 'Maximum deliveries per second, shared by all recoveries of the agency.',
  })
  per_second: number;

  @ApiProperty({
    type: [RecoveryEventResponse],
    description: `Of \`include_past\`: the oldest events, at most ${MAX_SHOWN}.`,
  })
  first: RecoveryEventResponse[];
}

@ApiSchema({ name: 'Recovery' })
export class RecoveryResponse {
  @ApiProperty({ format: 'uuid', description: 'The `plan_id`.' })
  id: string;

  @ApiProperty({ ...ID_OR_NULL, description: 'The webhook that gets past events; null: deliveries are resent.' })
  webhook_id: string | null;

  @ApiProperty({ enum: RECOVERY_STATES, enumName: 'RecoveryStatus' })
  status: RecoveryState;

  @ApiProperty({ type: 'integer', minimum: 0, example: 42, description: 'Deliveries of the plan.' })
  count: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 30,
    description: 'Made pending again; the log shows their outcome.',
  })
  resent: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 2,
    description: 'Skipped: delivered or pending since, webhook turned off, or erased.',
  })
  passed_over: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 27, description: 'Deliveries of the plan delivered since.' })
  delivered: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 1,
    description: 'Deliveries of the plan attempted since without success: they are retried, or have failed again.',
  })
  failed: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 1, description: 'Of the `failed`, those being retried.' })
  retrying: number;

  @ApiProperty({ description: 'Whether some of their webhooks are paused, so that deliveries wait.' })
  paused: boolean;

  @ApiProperty({ example: 'Anna Berg' })
  created_by: string;

  @ApiProperty({ format: 'date-time' })
  created_at: Date;

  @ApiProperty({ ...TIME_OR_NULL })
  started_at: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'When sending starts; stopping it before undoes it.' })
  begins_at: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Done or stopped.' })
  finished_at: Date | null;
}

export class RecoveryPage extends pageModel(RecoveryResponse) {}

const STARTED_STATES = RECOVERY_STATES.filter((state) => state !== 'planned');

export class RecoveriesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STARTED_STATES, description: 'Recoveries in this state; omitted: all that were run.' })
  @MayBeAbsent()
  @IsIn(STARTED_STATES)
  status?: RecoveryState;
}
