import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsObject,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { NAME, NAME_MESSAGE, NAME_OR_EMPTY, ONE_LINE, schemaPattern } from '../lib/text.js';
import { isDay, isTime } from '../lib/time.js';

/* Decorators for fields that many DTOs share: each validates the field and describes it for the API description. */

/** Optional but not nullable. IsOptional would also accept null, which the schema does not allow. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

type Text = Pick<ApiPropertyOptions, 'description'> & { example: string };

/* Of several failed checks a caller sees the one that was applied last, so the type comes last. */

/** A required name: one line of visible text. */
export const Name = (text: Text): PropertyDecorator =>
  applyDecorators(
    Matches(NAME, { message: NAME_MESSAGE }),
    Length(1, 200),
    IsString(),
    ApiProperty({ ...text, minLength: 1, maxLength: 200, pattern: schemaPattern(NAME) }),
  );

/** An optional name, which may be empty. */
export const OptionalName = (text: Text): PropertyDecorator =>
  applyDecorators(
    Matches(NAME_OR_EMPTY, { message: NAME_MESSAGE }),
    MaxLength(200),
    IsString(),
    MayBeAbsent(),
    ApiPropertyOptional({ ...text, maxLength: 200, pattern: schemaPattern(NAME_OR_EMPTY) }),
  );

/** Required text of limited length. */
export const RequiredText = (options: ApiPropertyOptions & { maxLength: number }): PropertyDecorator =>
  applyDecorators(MaxLength(options.maxLength), IsString(), ApiProperty(options));

/** A required email address. */
export const Email = (text: Text): PropertyDecorator =>
  applyDecorators(MaxLength(320), IsEmail(), ApiProperty({ format: 'email', ...text, maxLength: 320 }));

/** Optional text of one line. */
export const OptionalLine = (description: string, example: string): PropertyDecorator =>
  applyDecorators(
    Matches(ONE_LINE),
    MaxLength(200),
    IsString(),
    MayBeAbsent(),
    ApiPropertyOptional({ description, example, maxLength: 200, pattern: schemaPattern(ONE_LINE) }),
  );

/** A DTO class, whose fields are validated in turn. */
type Model = () => new () => object;

export const Nested = (of: Model): PropertyDecorator => applyDecorators(Type(of), ValidateNested(), IsObject());

export const NestedList = (of: Model, max: number): PropertyDecorator =>
  applyDecorators(Type(of), ValidateNested({ each: true }), ArrayMaxSize(max), IsArray());

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
