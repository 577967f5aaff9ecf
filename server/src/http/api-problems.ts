import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '../common/app-error.js';
import { ERRORS } from './error-status.js';
import { Problem, PROBLEM_CONTENT_TYPE } from './problem.js';

/** Documents the error codes a route can answer with. Codes of one status share its entry. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...codes.map((code) =>
      ApiResponse({
        status: ERRORS[code].status,
        description: `\`${code}\`: ${ERRORS[code].meaning}`,
        content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: getSchemaPath(Problem) } } },
      }),
    ),
  );
}
