import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Role } from '../../src/auth/role.js';

/* server/openapi.json for the fuzz test: operations to call, and validation of their responses. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  example?: unknown;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  minItems?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

interface Answer {
  description: string;
  content?: Record<string, { schema: Schema }>;
}

export interface Operation {
  /** `POST /api/recruiter/webhooks` */
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  body: Schema | null;
  role: Role | null;
  scope: string | null;
  responses: Record<string, Answer>;
}

interface RawOperation {
  'x-required-role'?: Role;
  'x-required-scope'?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer>;
}

interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  webhooks: Record<string, { post: { requestBody: { content: Record<string, { example: { data: object } }> } } }>;
  components: { schemas: Record<string, Schema> };
}

export const DOCUMENT = JSON.parse(
  readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'),
) as unknown as Document;

export const OPERATIONS: Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, raw]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    parameters: raw.parameters ?? [],
    body: raw.requestBody?.content['application/json']?.schema ?? null,
    role: raw['x-required-role'] ?? null,
    scope: raw['x-required-scope'] ?? null,
    responses: raw.responses,
  })),
);

export const ERROR_CODES = DOCUMENT.components.schemas['ErrorCode']!.enum as string[];

export function resolve(schema: Schema): Schema {
  return schema.$ref ? resolve(DOCUMENT.components.schemas[schema.$ref.split('/').at(-1)!]!) : schema;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const compiled = new Map<string, ValidateFunction>();

/**
 * The fault of a response by the schema of its status; null when it is valid. Stricter than the document:
 * undocumented properties are faults, so that nothing is disclosed by accident.
 */
export function faultOfAnswer(operation: Operation, status: number, type: string, text: string): string | null {
  const answer = operation.responses[status];
  if (!answer) return `status ${status} is not in the document`;
  const media = type.split(';')[0]!.trim();
  if (!answer.content) return text === '' ? null : `a body that is not in the document: ${text.slice(0, 200)}`;
  const schema = answer.content[media]?.schema;
  if (!schema) return `content-type "${type}" is not in the document`;
  if (!media.endsWith('json')) return null;
  const key = `${operation.name} ${status}`;
  const validate = compiled.get(key) ?? ajv.compile(strictly(schema));
  compiled.set(key, validate);
  return validate(JSON.parse(text)) ? null : ajv.errorsText(validate.errors);
}

/** Inlines referenced schemas, and closes objects that list all their properties. */
function strictly(schema: Schema, open = false): Schema {
  if (schema.$ref) return strictly(resolve(schema), open);
  const { example: _example, ...copy } = schema;
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const) {
    if (copy[key]) copy[key] = copy[key].map((one) => strictly(one, key === 'allOf' && copy.allOf!.length > 1));
  }
  if (copy.items) copy.items = strictly(copy.items);
  if (typeof copy.additionalProperties === 'object') copy.additionalProperties = strictly(copy.additionalProperties);
  if (copy.properties) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([name, property]) => [name, strictly(property)]),
    );
    if (!open) copy.additionalProperties ??= false;
  }
  return copy;
}
