import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMinSize, IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min, ValidateBy } from 'class-validator';
import { MAX_PACE, PACE_UNITS, type Pace } from '../model/pace.js';
import { NAME_STYLES, type NameStyle } from '../../events/catalogue/sentence.js';
import { MAX_CONTENT_FIELDS } from '../destinations/content.js';
import { GROUPINGS, isTimeZone, type QuietHours } from '../destinations/schedule.js';
import { MayBeAbsent, Nested, NestedList, RequiredText } from '../../http/field-checks.js';
import {
  CONDITION_OPS,
  MAX_COMPARISONS,
  MAX_VALUE_LENGTH,
  MAX_VALUES,
  type ConditionOp,
} from '../destinations/conditions.js';

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const timeOfDay = { pattern: TIME_OF_DAY.source, type: 'string' } as const;

const IsTimeZone = () =>
  ValidateBy({
    name: 'timeZone',
    validator: {
      validate: (value) => typeof value === 'string' && value.length <= 100 && isTimeZone(value),
      defaultMessage: () => '$property must be a time zone, such as Asia/Manila',
    },
  });

@ApiSchema({ name: 'QuietHours' })
export class WebhookQuietHours implements QuietHours {
  @ApiProperty({ ...timeOfDay, description: 'When they start.', example: '20:00' })
  @Matches(TIME_OF_DAY, { message: 'from must be a time of day, such as 20:00' })
  from: string;

  @ApiProperty({ ...timeOfDay, description: 'When they end, possibly on the next day.', example: '08:00' })
  @Matches(TIME_OF_DAY, { message: 'to must be a time of day, such as 08:00' })
  to: string;

  @ApiProperty({ description: 'The IANA name of the time zone.', maxLength: 100, example: 'Asia/Manila' })
  @IsTimeZone()
  time_zone: string;
}

@ApiSchema({ name: 'WebhookStyle' })
export class WebhookStyle {
  @ApiPropertyOptional({
    description: 'How candidates are named. `initials` is the default; `none`: by the number of the application.',
    enum: NAME_STYLES,
    enumName: 'NameStyle',
  })
  @MayBeAbsent()
  @IsIn(NAME_STYLES)
  names?: NameStyle;

  @ApiPropertyOptional({ description: 'Whether messages have a link into BPOC. Default true.' })
  @MayBeAbsent()
  @IsBoolean()
  link?: boolean;

  @ApiPropertyOptional({
    description:
      'When messages are sent. `each`: at once (the default). `hourly`: at every full hour. `daily`: when quiet ' +
      'hours end, or at 09:00 UTC without quiet hours. What has accumulated is sent as one message.',
    enum: GROUPINGS,
    enumName: 'MessageGrouping',
  })
  @MayBeAbsent()
  @IsIn(GROUPINGS)
  group?: (typeof GROUPINGS)[number];

  @ApiPropertyOptional({
    type: WebhookQuietHours,
    nullable: true,
    description:
      'Hours of every day in which nothing but tests is sent; what has accumulated is sent when they end. null: ' +
      'none.',
  })
  @IsOptional()
  @Nested(() => WebhookQuietHours)
  quiet?: WebhookQuietHours | null;
}

@ApiSchema({ name: 'Pace' })
export class WebhookPace implements Pace {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_PACE, description: 'How many requests.', example: 10 })
  @IsInt()
  @Min(1)
  @Max(MAX_PACE)
  limit: number;

  @ApiProperty({ enum: PACE_UNITS, enumName: 'PaceUnit', description: 'The unit of time.' })
  @IsIn(PACE_UNITS)
  per: Pace['per'];
}

const ONE_VALUE = { oneOf: [{ type: 'string', maxLength: MAX_VALUE_LENGTH }, { type: 'integer' }] };

const isOneValue = (value: unknown) =>
  (typeof value === 'string' && value.length <= MAX_VALUE_LENGTH) || Number.isSafeInteger(value);

const IsConditionValue = () =>
  ValidateBy({
    name: 'conditionValue',
    validator: {
      validate: (value) =>
        isOneValue(value) || (Array.isArray(value) && value.length <= MAX_VALUES && value.every(isOneValue)),
      defaultMessage: () => '$property must be a text, a whole number or a list of them',
    },
  });

/** `full`, `ids` or a list of fields. */
export type WebhookContent = 'full' | 'ids' | { fields: string[] };

/** Its JSON Schema: a class cannot have several forms. */
export const CONTENT = {
  oneOf: [
    { type: 'string', enum: ['full', 'ids'] },
    {
      type: 'object',
      properties: {
        fields: { type: 'array', items: { type: 'string', maxLength: 100 }, minItems: 1, maxItems: MAX_CONTENT_FIELDS },
      },
      required: ['fields'],
      additionalProperties: false,
    },
  ],
  example: 'ids',
};

function isContent(value: unknown): value is WebhookContent {
  if (value === 'full' || value === 'ids') return true;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'fields') return false;
  const { fields } = value as { fields: unknown };
  if (!Array.isArray(fields) || fields.length < 1 || fields.length > MAX_CONTENT_FIELDS) return false;
  return fields.every((field) => typeof field === 'string' && field.length <= 100);
}

export const IsContent = () =>
  ValidateBy({
    name: 'content',
    validator: {
      validate: isContent,
      defaultMessage: () => `content must be full, ids or { fields: [1 to ${MAX_CONTENT_FIELDS} names] }`,
    },
  });

@ApiSchema({ name: 'FieldComparison' })
export class FieldComparison {
  @RequiredText({ description: 'A field of `data` of the event type.', maxLength: 100, example: 'newStatus' })
  field: string;

  @ApiProperty({
    description: '`changed_to`: the new value equals this value and the old one did not. `contains` ignores case.',
    enum: CONDITION_OPS,
    enumName: 'ConditionOp',
  })
  @IsIn(CONDITION_OPS)
  op: ConditionOp;

  @ApiPropertyOptional({
    description: 'A list for `one_of`, nothing for `present` and `absent`.',
    oneOf: [...ONE_VALUE.oneOf, { type: 'array', maxItems: MAX_VALUES, items: ONE_VALUE }],
    example: 'shortlisted',
  })
  @MayBeAbsent()
  @Transform(({ obj }) => (obj as { value?: unknown }).value)
  @IsConditionValue()
  value?: string | number | (string | number)[];
}

@ApiSchema({ name: 'WebhookCondition' })
export class WebhookCondition {
  @RequiredText({ description: 'An exact event type.', maxLength: 100, example: 'application.status_changed' })
  event: string;

  @ApiProperty({ type: [FieldComparison], description: 'All must hold.', minItems: 1, maxItems: MAX_COMPARISONS })
  @NestedList(() => FieldComparison, MAX_COMPARISONS)
  @ArrayMinSize(1)
  all: FieldComparison[];
}
