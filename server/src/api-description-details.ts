import type { OpenAPIObject } from '@nestjs/swagger';

import { addExample } from './api-description-examples.js';

/* What every operation of the API description needs and no route should have to say again. */

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** What the id in a path names, by its collection; others are called as in the path. */
const THINGS: Record<string, string> = {
  'api-keys': 'key',
  deliveries: 'delivery',
  recoveries: 'recovery',
  inboxes: 'inbox',
};

export function withDetails(paths: Paths): Paths {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      // Said, not left out: a generated client must not think that somebody forgot it.
      operation.security ??= [];
      addExample(method, path, operation);
      operation.parameters = operation.parameters?.map((parameter) => described(path, parameter));
    }
  }
  return paths;
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
