import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '../lib/app-error.js';
import { ERRORS } from './error-status.js';
import { Problem, PROBLEM_CONTENT_TYPE } from './problem.js';

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds after which trying again makes sense.', schema: { type: 'integer' as const } },
};

/** How the answer with an error code is described. Trying again helps with 429 and 503, and those say when. */
export function problemResponse(code: ErrorCode) {
  const { status, meaning } = ERRORS[code];
  return {
    description: `\`${code}\`: ${meaning}`,
    ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
    content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: getSchemaPath(Problem) } } },
  };
}

/** Documents the error codes a route can answer with. Codes of one status share its entry. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...codes.map((code) => ApiResponse({ status: ERRORS[code].status, ...problemResponse(code) })),
  );
}
