import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, ValidateBy, ValidateIf } from 'class-validator';
import { ONE_LINE, published } from '../lib/text.js';
import { isDay, isTime } from '../lib/time.js';

/** Optional but not nullable; IsOptional also accepts null, which the schema does not allow. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

/** Optional text of one line, for a filter. */
export const OptionalLine = (description: string, example: string): PropertyDecorator =>
  applyDecorators(
    Matches(ONE_LINE),
    MaxLength(200),
    IsString(),
    MayBeAbsent(),
    ApiPropertyOptional({ description, example, maxLength: 200, pattern: published(ONE_LINE) }),
  );

/** A time with any UTC offset; its schema is `TIME`. */
export const IsTime = (): PropertyDecorator => isA(isTime, 'a time that exists, such as 2026-01-22T10:30:00Z');

/** A time, or a day (midnight UTC); its schema is any of `TIME` and `DAY`. */
export const IsTimeOrDay = (): PropertyDecorator =>
  isA(
    (value) => isTime(value) || isDay(value),
    'a time such as 2026-01-22T10:30:00Z, or a day (UTC) such as 2026-01-22',
  );

const isA = (validate: (value: unknown) => boolean, what: string): PropertyDecorator =>
  ValidateBy({ name: 'time', validator: { validate, defaultMessage: () => `$property must be ${what}` } });
