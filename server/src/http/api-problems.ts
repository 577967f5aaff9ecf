import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '../lib/app-error.js';
import { Problem, PROBLEM_CONTENT_TYPE } from './problem.js';

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait before trying again.', schema: { type: 'integer' as const } },
};

/** The OpenAPI response of an error code. Only 429 and 503 are worth retrying, so they carry `Retry-After`. */
export function problemResponse(code: ErrorCode) {
  const { status, meaning } = ERRORS[code];
  return {
    description: `\`${code}\`: ${meaning}`,
    ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
    content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: getSchemaPath(Problem) } } },
  };
}

/** Documents the error codes of a route. Codes with the same status share one entry. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...codes.map((code) => ApiResponse({ status: ERRORS[code].status, ...problemResponse(code) })),
  );
}
