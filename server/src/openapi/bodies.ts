import type { OpenAPIObject } from '@nestjs/swagger';

/* Request bodies are described as validation treats them: unknown fields are refused, and an absent body is empty. */

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

/** Closes the schemas of all request bodies, and requires a body only if a field is required. */
export function closeBodies({ paths, components }: OpenAPIObject): void {
  const schemas = components?.schemas ?? {};
  for (const item of Object.values(paths)) {
    for (const operation of [item.put, item.post, item.patch]) {
      const body = operation?.requestBody;
      const schema = body && 'content' in body ? body.content['application/json']?.schema : undefined;
      if (!body || !('content' in body) || !schema) continue;
      close(schema, schemas);
      const whole = '$ref' in schema ? named(schema.$ref, schemas) : schema;
      if ('properties' in whole && !whole.required?.length) body.required = false;
    }
  }
}

function named(ref: string, schemas: Schemas): Schema {
  return schemas[ref.split('/').at(-1)!]!;
}

function close(schema: Schema, schemas: Schemas): void {
  if ('$ref' in schema) {
    close(named(schema.$ref, schemas), schemas);
    return;
  }
  const { properties = {}, items, oneOf = [], allOf = [], anyOf = [] } = schema;
  if (schema.properties) schema.additionalProperties ??= false;
  const inner = [...Object.values(properties), ...(items ? [items] : []), ...oneOf, ...allOf, ...anyOf];
  for (const one of inner) close(one, schemas);
}
