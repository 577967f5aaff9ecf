import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { fieldError } from '../lib/app-error.js';
import { MayBeAbsent } from './field-checks.js';

/** Base64url. */
const CURSOR = /^[A-Za-z0-9_-]+$/;
const CURSOR_MESSAGE = 'cursor must be the next_cursor of an earlier page of this list';

/** `next_cursor` is null on the last page. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** The query parameter `limit`: how many rows to answer with at most. */
export function Limit(of: string, bounds: { maximum: number; default: number }): PropertyDecorator {
  const description = `How many ${of} to answer with at most.`;
  return applyDecorators(
    ApiPropertyOptional({ description, minimum: 1, ...bounds, type: 'integer' }),
    MayBeAbsent(),
    Type(() => Number),
    IsInt(),
    Min(1),
    Max(bounds.maximum),
  );
}

/** The query parameters of every list; subclasses add filters. */
export class PageQuery {
  @Limit('items', { maximum: 200, default: 50 })
  limit: number = 50;

  @ApiPropertyOptional({
    description: 'The `next_cursor` of the page before; leave it out for the first page.',
    minLength: 1,
    maxLength: 500,
    pattern: CURSOR.source,
  })
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @Matches(CURSOR, { message: CURSOR_MESSAGE })
  cursor?: string;
}

/** @param key the sort key of the row before the next page, its unique column last */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The sort key inside a cursor; null for the first page. Refuses (400 on field `cursor`) a cursor without `parts`
 * parts, or whose last part `isId` rejects: otherwise a forged cursor would become a database error, a 500.
 */
export function decodeCursor(
  cursor: string | undefined,
  parts: number,
  isId: (id: unknown) => boolean = () => true,
): string[] | null {
  if (cursor === undefined) return null;
  const key = parse(cursor);
  if (!key || key.length !== parts || !key.every((part) => typeof part === 'string') || !isId(key.at(-1))) {
    throw fieldError('cursor', 'cursor', CURSOR_MESSAGE);
  }
  return key;
}

function parse(cursor: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Makes a page of `limit + 1` fetched rows: the extra row only shows that there is a next page. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly string[],
  toJson: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(toJson),
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

/** The OpenAPI model of a page: `class WebhookPage extends pageModel(WebhookResponse) {}`. */
export function pageModel<T>(item: new () => T): new () => Page<T> {
  class PageModel implements Page<T> {
    @ApiProperty({ type: () => [item] })
    data: T[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Give it as `cursor` to get the next page; null on the last page.',
    })
    next_cursor: string | null;
  }
  return PageModel;
}
