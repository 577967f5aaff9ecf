import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { fieldError } from '../lib/app-error.js';
import { isUuid } from '../lib/ids.js';
import { MayBeAbsent } from './field-checks.js';

/* Keyset pagination: cursors, query parameters and the shape of a page. */

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
  const description = `The maximum number of ${of} to return.`;
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
    description: 'The `next_cursor` of the previous page; absent for the first page.',
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

/** The rows that a list reads for a page. */
export interface PageBounds {
  /** The id of the last row of the page before, exclusive; null: the first page. */
  before: string | null;
  limit: number;
}

/**
 * A page of a list that is sorted by its unique id. `find` is asked for one row more than the page has: that row only
 * shows that there is a next page. Throws AppError validation_failed for a forged cursor.
 */
export async function pageOf<Row extends { id: string }>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  find: (bounds: PageBounds) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const rows = await find({ before: cursor === undefined ? null : idIn(cursor), limit: limit + 1 });
  const data = rows.slice(0, limit);
  return { data, next_cursor: rows.length > limit ? cursorOf(data.at(-1)!.id) : null };
}

const cursorOf = (id: string): string => Buffer.from(JSON.stringify([id])).toString('base64url');

/** A cursor without a valid id is refused: it would become a database error, a 500. */
function idIn(cursor: string): string {
  try {
    const [id, ...rest] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (isUuid(id) && rest.length === 0) return id;
  } catch {
    // No JSON, or no list.
  }
  throw fieldError('cursor', 'cursor', CURSOR_MESSAGE);
}

/** The OpenAPI model of a page: `class WebhookPage extends pageModel(WebhookResponse) {}`. */
export function pageModel<T>(item: new () => T): new () => Page<T> {
  class PageModel implements Page<T> {
    @ApiProperty({ type: () => [item] })
    data: T[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Pass it as `cursor` to get the next page; null on the last page.',
    })
    next_cursor: string | null;
  }
  return PageModel;
}
