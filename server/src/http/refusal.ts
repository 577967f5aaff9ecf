import { HttpException } from '@nestjs/common';
import { AppError, type ErrorCode, ERRORS } from '../lib/app-error.js';
import { refusalOfDatabase } from './database-errors.js';

/** Fastify's own errors by code, because the status alone does not distinguish bad JSON from a bad URL. */
const FASTIFY_CODES: Record<string, [ErrorCode, string]> = {
  FST_ERR_BAD_URL: ['bad_request', 'The path is not a valid URL: a percent sign must start an escape such as %20.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'There is nothing at this address.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as content-length says.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The request body is too large.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The body must be sent as content-type: application/json.',
  ],
};

/** Used when only the status is known. */
const STATUS_CODES: Record<number, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  412: 'precondition_failed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
};

/** The error response for an exception; null for a bug, whose details must not be disclosed. */
export function refusalOf(thrown: unknown): AppError | null {
  if (thrown instanceof AppError) return thrown;
  const ofFastify = refusalOfFastify(thrown) ?? (thrown instanceof Error ? refusalOfFastify(thrown.cause) : null);
  if (ofFastify) return ofFastify;
  if (thrown instanceof HttpException) return refusalOfStatus(thrown.getStatus(), thrown.message, thrown);
  return refusalOfDatabase(thrown);
}

function refusalOfFastify(thrown: unknown): AppError | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown) || typeof thrown.statusCode !== 'number') return null;
  const known = 'code' in thrown && typeof thrown.code === 'string' ? FASTIFY_CODES[thrown.code] : undefined;
  if (known) return new AppError(known[0], known[1], { cause: thrown });
  return refusalOfStatus(thrown.statusCode, thrown.message, thrown);
}

function refusalOfStatus(status: number, message: string, cause: unknown): AppError | null {
  if (status < 400 || status >= 500) return null;
  const code = STATUS_CODES[status] ?? 'bad_request';
  // Nest's message for an unknown path repeats the path, which may contain sensitive text.
  const detail = code === 'not_found' ? 'There is nothing at this address.' : message || ERRORS[code].meaning;
  return new AppError(code, detail, { cause });
}
