import { STATUS_CODES } from 'node:http';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERROR_CODES, ERRORS, type ErrorCode, type FieldError } from '../lib/app-error.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Limits the response to a hostile request. */
const MAX_ERRORS = 50;
/** For all entries together, as JSON. */
const MAX_ERRORS_BYTES = 48 * 1024;
/** In characters. Field names, and messages that quote them, can be as long as the caller likes. */
const MAX_TEXT = 1000;

export class FieldProblem implements FieldError {
  @ApiProperty({ description: 'Path of the field, with an index for a list.', example: 'events.0' })
  field: string;

  @ApiProperty({ description: 'The rule that it breaks, for programs; docs/errors.md lists them.', example: 'is_in' })
  code: string;

  @ApiProperty({
    description: 'The same for people.',
    example: 'events.0 must be an event type or a pattern such as application.*',
  })
  message: string;
}

/** The body of every error response (RFC 9457). */
export class Problem {
  @ApiProperty({ example: 'about:blank', description: 'Always `about:blank`: distinguish problems by `code`.' })
  type: string;

  @ApiProperty({ example: 'Bad Request', description: 'The phrase of the HTTP status.' })
  title: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status: number;

  @ApiProperty({
    enum: ERROR_CODES,
    enumName: 'ErrorCode',
    example: 'validation_failed',
    description: 'Stable, for programs.',
  })
  code: ErrorCode;

  @ApiProperty({
    example: 'events.0 must be an event type or a pattern such as application.*',
    description: 'For people.',
  })
  detail: string;

  @ApiProperty({
    example: '0190f3c6-7c1e-7b3a-9d52-3f0a4c6b8e21',
    description: 'The same as the `x-request-id` header.',
  })
  request_id: string;

  @ApiPropertyOptional({
    type: () => [FieldProblem],
    maxItems: MAX_ERRORS,
    description: `One entry for each invalid field, up to ${MAX_ERRORS}.`,
  })
  errors?: FieldError[];
}

/** Puts the name of the field in front if there is only one, because some clients show only `detail`. */
function named(detail: string, errors: readonly FieldError[] = []): string {
  const [only, ...more] = errors;
  return !only?.field || more.length > 0 || detail.includes(only.field) ? detail : `${only.field}: ${detail}`;
}

/** Truncated to at most 64 KiB as JSON. */
export function problem(code: ErrorCode, detail: string, requestId: string, errors?: FieldError[]): Problem {
  const { status } = ERRORS[code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: clipped(named(detail, errors)),
    request_id: requestId,
    ...(errors && { errors: shown(errors) }),
  };
}

function shown(errors: readonly FieldError[]): FieldError[] {
  let bytes = 0;
  return errors
    .slice(0, MAX_ERRORS)
    .map(({ field, code, message }) => ({ field: clipped(field), code, message: clipped(message) }))
    .filter((error) => (bytes += Buffer.byteLength(JSON.stringify(error))) <= MAX_ERRORS_BYTES);
}

function clipped(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
