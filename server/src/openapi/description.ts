import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { addExample } from './examples.js';
import { messageSchemas, messageWebhooks } from './messages.js';
import { type Schemas, withDefaults } from './default-descriptions.js';
import { isLimited, LIMITS } from '../auth/rate-limits.js';
import { sessionCookieName } from '../auth/sessions/session-cookie.js';
import { problemResponse } from '../http/api-problems.js';
import { AttemptLimit } from '../http/attempt-limit.js';
import { bodyBoundsTable } from '../http/body-check.js';
import { Problem } from '../http/problem.js';
import { sendProblem } from '../http/problem.filter.js';
import { ERRORS, type ErrorCode } from '../lib/app-error.js';

const DESCRIPTION = `Outgoing webhooks of the BPOC recruitment platform: registered webhooks, deliveries, publishing.

Errors are \`application/problem+json\`; distinguish them by \`code\`. Lists are paginated: pass \`next_cursor\` as
\`cursor\`. Times are ISO 8601 in UTC. Another agency's id answers 404, a method that a path does not have 405 with
\`Allow\`. All routes except publishing and health are rate-limited: ${LIMITS.caller} requests a minute per person or
key, ${LIMITS.agency} per agency, ${LIMITS.stranger} per address without authentication. Messages to receivers are in
the \`webhooks\` section. \`BPOC-Webhooks-Version\` of every answer is the release of the server.

Bodies are uncompressed JSON in UTF-8. Numbers that a double cannot represent exactly are refused, and so are the key
\`__proto__\` and, except in events, text with U+0000 or a lone surrogate. Limits of a body by path prefix:

${bodyBoundsTable()}

Lower limits of a route are documented as \`maxItems\`. A query has at most 200 parameters; \`errors\` of a response has
at most 50 entries.`;

const TAGS: Record<string, string> = {
  webhooks: 'What an agency has registered.',
  deliveries: 'What was sent, and what came back.',
  events: 'Event types, past events, and their deliveries.',
  sharing: 'Links for people without an account: developers of the other side.',
  stream: 'What happens, as it happens.',
  'sign-in': 'Signing in, and the current person.',
  members: 'The people of the agency and their roles.',
  audit: 'Who did what.',
  keys: 'Keys by which programs of the agency use this API.',
  internal: 'For services of the platform: publishing events, making agencies.',
  cron: 'For platforms with an external scheduler.',
  health: 'For orchestrators, load balancers and monitoring.',
  messages: 'Messages to receivers.',
};

/** The API as OpenAPI 3.1, in a deterministic order. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('BPOC Webhooks')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    // Relative: valid under any host name of the server.
    .addServer('/', 'The server that answered with this document.')
    .addCookieAuth(
      sessionCookieName(null),
      { type: 'apiKey', in: 'cookie', description: 'A signed-in person; over https its name starts with `__Host-`.' },
      'session',
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'bpoc_key_…',
        description:
          'An API key of an agency: `bpoc_key_…`. Also a token (JWT) of the identity provider, if one is configured.',
      },
      'api_key',
    )
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'bpoc_svc_…', description: 'A token of a service: `bpoc_svc_…`' },
      'service_token',
    )
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'The `CRON_SECRET` of the server, for its scheduler.' },
      'cron_secret',
    )
    .build();
  config.tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [Problem],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.paths = sorted(document.paths);
  for (const { path, method, operation } of operationsOf(document.paths)) addDetails(path, method, operation);
  const schemas = withDefaults({ ...messageSchemas(), ...document.components?.schemas });
  document.components = { ...document.components, schemas: sorted(schemas), headers: { ...RATE_LIMIT_HEADERS } };
  closeBodies(document);
  document.webhooks = messageWebhooks();
  return document;
}

export const API_PAGE = 'api/docs';

/** The description at /api/openapi.json and Swagger UI at /api/docs, generated at the first request. */
export function serveApiDescription(app: NestFastifyApplication): void {
  limitReaders(app.getHttpAdapter().getInstance());
  SwaggerModule.setup(API_PAGE, app, () => describeApi(app), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'BPOC Webhooks API',
  });
}

/** A rate limit for the routes of the Swagger package, to which guards do not apply. */
function limitReaders(fastify: FastifyInstance): void {
  const perAddress = new AttemptLimit({ attempts: LIMITS.stranger, windowMs: 60_000 });
  const limited: onRequestHookHandler = (request, reply, next) => {
    try {
      perAddress.take(normalizeIp(request.ip, 64), 'This address asked for the description too often.');
    } catch (error) {
      sendProblem(error, request, reply);
      return;
    }
    next();
  };
  fastify.addHook('onRoute', (route) => {
    if (/^\/api\/(docs|openapi)/.test(route.url)) route.onRequest = [limited, ...[route.onRequest ?? []].flat()];
  });
}

/** draft-ietf-httpapi-ratelimit-headers-10: one item per limit that the request counts against. */
const RATE_LIMIT_HEADERS = {
  RateLimit: {
    description: 'How many requests are left (`r`) for the next `t` seconds.',
    schema: { type: 'string' },
    example: '"caller";r=5999;t=60',
  },
  'RateLimit-Policy': {
    description: 'How many requests (`q`) there may be in `w` seconds.',
    schema: { type: 'string' },
    example: '"caller";q=6000;w=60',
  },
} as const;
const RATE_LIMIT_REFS = Object.fromEntries(
  Object.keys(RATE_LIMIT_HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

function sorted<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/* Additions to every operation of the API description, so that routes need not repeat them. */

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** Singular names of collections. All others just drop the "s". */
const THINGS: Record<string, string> = {
  'api-keys': 'key',
  deliveries: 'delivery',
  recoveries: 'recovery',
  inboxes: 'inbox',
};

/** Errors possible on every route. */
const ANYWHERE: ErrorCode[] = ['bad_request', 'internal', 'database_unavailable'];
/** Further errors of routes that read a body. */
const WITH_BODY: ErrorCode[] = ['invalid_json', 'body_too_large', 'unsupported_media_type'];
/** Routes that accept any request. */
const UNCONDITIONAL = /^\/(health|metrics)/;

function operationsOf(paths: Paths) {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ path, method, operation: item[method] }] : [])),
  );
}

function addDetails(path: string, method: (typeof METHODS)[number], operation: Operation): void {
  // Explicit, because generated clients treat an absent `security` as unspecified.
  operation.security ??= [];
  addExample(method, path, operation);
  operation.parameters = operation.parameters?.map((parameter) => described(path, parameter));
  if (!UNCONDITIONAL.test(path))
    for (const code of method === 'get' ? ANYWHERE : [...ANYWHERE, ...WITH_BODY]) addProblem(operation, code);
  if (!isLimited(path)) return;
  addProblem(operation, 'too_many_requests');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response || !/^(2|429)/.test(status)) continue;
    response.headers = { ...response.headers, ...RATE_LIMIT_REFS };
  }
}

/** Codes with the same status share one entry. */
function addProblem({ responses }: Operation, code: ErrorCode): void {
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

/* Request bodies are described as validation treats them: unknown fields are refused, and an absent body is empty. */

type Schema = Schemas[string];

/** Closes the schemas of all request bodies, and requires a body only if a field is required. */
function closeBodies({ paths, components }: OpenAPIObject): void {
  const schemas = components?.schemas ?? {};
  for (const { requestBody: body } of operationsOf(paths).map(({ operation }) => operation)) {
    const schema = body && 'content' in body ? body.content['application/json']?.schema : undefined;
    if (!body || !('content' in body) || !schema) continue;
    close(schema, schemas);
    const whole = '$ref' in schema ? named(schema.$ref, schemas) : schema;
    if ('properties' in whole && !whole.required?.length) body.required = false;
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
