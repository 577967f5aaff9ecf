import type { OpenAPIObject } from '@nestjs/swagger';

import { addExample } from './examples.js';
import type { ErrorCode } from '../lib/app-error.js';
import { problemResponse } from '../http/api-problems.js';
import { ERRORS } from '../http/error-status.js';

/* Additions to every operation of the API description, so that routes need not repeat them. */

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** Singular names of collections; others just drop the "s". */
const THINGS: Record<string, string> = {
  'api-keys': 'key',
  deliveries: 'delivery',
  recoveries: 'recovery',
  inboxes: 'inbox',
};

/** Errors possible on every route. */
const ANYWHERE: ErrorCode[] = ['bad_request', 'internal', 'database_unavailable'];
/** In addition, on routes that read a body. */
const WITH_BODY: ErrorCode[] = ['invalid_json', 'body_too_large', 'unsupported_media_type'];
/** Routes that accept any request. */
const UNCONDITIONAL = /^\/(health|metrics)/;

export function withDetails(paths: Paths): Paths {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      // Explicit: generated clients treat an absent `security` as unspecified.
      operation.security ??= [];
      addExample(method, path, operation);
      operation.parameters = operation.parameters?.map((parameter) => described(path, parameter));
      if (UNCONDITIONAL.test(path)) continue;
      for (const code of method === 'get' ? ANYWHERE : [...ANYWHERE, ...WITH_BODY]) addProblem(operation, code);
    }
  }
  return paths;
}

/** Codes with the same status share one entry. */
export function addProblem({ responses }: Operation, code: ErrorCode): void {
  const { status } = ERRORS[code];
  const entry = problemResponse(code);
  const before = responses[status];
  if (!before || !('description' in before)) responses[status] = entry;
  else if (!before.description?.includes(`\`${code}\``)) {
    responses[status] = { ...entry, ...before, description: `${before.description}\n\n${entry.description}` };
  }
}

function described(path: string, parameter: Parameter): Parameter {
  if (!('name' in parameter) || parameter.in !== 'path' || parameter.name !== 'id') return parameter;
  const collection = path.split('/')[3]!;
  const thing = THINGS[collection] ?? collection.replace(/s$/, '');
  return {
    ...parameter,
    description: parameter.description ?? `The id of the ${thing}.`,
    schema: { ...parameter.schema, type: 'string', format: 'uuid' },
  };
}
