import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeApi } from '../src/openapi/description.js';
import type { Role } from '../src/auth/role.js';

/* Every route of the OpenAPI document, so that new routes are tested automatically. */

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its parameters in braces: `/api/recruiter/webhooks/{id}`. */
  path: string;
  role: Role | null;
  right: string | null;
  scope: string | null;
  /** A valid body built from the document's examples; null when the route takes none. */
  body: unknown;
  /** Names of query parameters whose values are UUIDs. */
  idFilters: string[];
}

interface Schema {
  $ref?: string;
  type?: string;
  example?: unknown;
  default?: unknown;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
}

interface Operation {
  'x-required-role'?: Role;
  'x-required-right'?: string;
  'x-required-scope'?: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  parameters?: { name: string; in: string; schema: { format?: string } }[];
}

export function apiRoutes(app: NestFastifyApplication): Route[] {
  const document = describeApi(app);
  const schemas = document.components!.schemas as Record<string, Schema>;
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
      method: method.toUpperCase() as Route['method'],
      path,
      role: operation['x-required-role'] ?? null,
      right: operation['x-required-right'] ?? null,
      scope: operation['x-required-scope'] ?? null,
      body: sample(operation.requestBody?.content['application/json']?.schema, schemas),
      idFilters: (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query' && parameter.schema.format === 'uuid')
        .map(({ name }) => name),
    })),
  );
}

/** A value that satisfies the schema: its example, or else the required properties. */
function sample(schema: Schema | undefined, schemas: Record<string, Schema>): unknown {
  if (!schema) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref) return sample(schemas[schema.$ref.split('/').at(-1)!], schemas);
  const [one] = schema.allOf ?? schema.oneOf ?? [];
  if (one) return sample(one, schemas);
  if (schema.default !== undefined || schema.enum) return schema.default ?? schema.enum![0];
  if (schema.type === 'array') return [sample(schema.items, schemas)];
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'string') return 'text';
  const required = schema.required ?? [];
  return Object.fromEntries(required.map((name) => [name, sample(schema.properties?.[name], schemas)]));
}

export interface Asked {
  status: number;
  text: string;
}

/** Sends a request; of an endless response (server-sent events) it reads only the status. */
export async function ask(
  origin: string,
  { method, path, body }: Pick<Route, 'method' | 'path' | 'body'>,
  headers: Record<string, string>,
): Promise<Asked> {
  const answer = await fetch(`${origin}${path}`, {
    method,
    headers: { ...headers, ...(body !== null && { 'content-type': 'application/json' }) },
    ...(body !== null && { body: JSON.stringify(body) }),
  });
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    await answer.body?.cancel();
    return { status: answer.status, text: '' };
  }
  return { status: answer.status, text: await answer.text() };
}
