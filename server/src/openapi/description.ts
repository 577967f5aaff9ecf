import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyInstance } from 'fastify';
import { closeBodies } from './bodies.js';
import { addProblem, withDetails } from './operations.js';
import { messageSchemas, messageWebhooks } from './messages.js';
import { withWords } from './words.js';
import { isLimited, LIMITS } from '../auth/rate-limits.js';
import { sessionCookieName } from '../auth/sessions/session-cookie.js';
import { AttemptLimit, tooManyRequests } from '../http/attempt-limit.js';
import { bodyBoundsTable } from '../http/body-bounds.js';
import { Problem } from '../http/problem.js';
import { sendProblem } from '../http/problem.filter.js';

const DESCRIPTION = `Outgoing webhooks of the BPOC recruitment platform: what agencies register, what was delivered, and how services publish.

Errors are \`application/problem+json\`; tell them apart by \`code\`. Lists are pages: give \`next_cursor\` back as \`cursor\`. Times are ISO 8601 in UTC.
Another agency's id answers 404, a method that a path does not have 405 with \`Allow\`. All routes but publishing and health are limited:
${LIMITS.caller} requests a minute of a person or key, ${LIMITS.agency} of an agency, ${LIMITS.stranger} of an address without a sign-in. The messages that receivers get are in the \`webhooks\` section.

Bodies are JSON in UTF-8, not compressed. Numbers that a double would not keep exactly are refused, and so are the key \`__proto__\` and, but in events, text with U+0000 or half of a surrogate pair. How much a body may have, by how its route begins:

${bodyBoundsTable()}

A route that takes fewer elements says so as \`maxItems\`. A query has at most 200 parameters; \`errors\` of an answer has at most 50 entries.`;

const TAGS: Record<string, string> = {
  webhooks: 'What an agency has registered.',
  deliveries: 'What was sent, and what came back.',
  events: 'What can be sent, what happened, and who was told.',
  stream: 'What happens, as it happens.',
  'sign-in': 'People, and who one is.',
  members: 'The people of the agency and their roles.',
  audit: 'Who did what.',
  keys: 'Keys by which programs of the agency use this API.',
  internal: 'For services of the platform: publishing events, making agencies.',
  cron: 'For platforms with an external scheduler.',
  health: 'For whoever restarts processes and routes requests.',
  messages: 'What receivers get.',
};

/** The API as OpenAPI 3.1, in an order that depends on nothing but the code. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('BPOC Webhooks')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    // Relative: right for whoever reads it from the server it describes, under whatever name.
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
          'An API key of an agency: `bpoc_key_…`. Where the operator has set the identity provider of the platform, its tokens (JWT) too.',
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
  document.paths = sorted(withDetails(document.paths));
  describeLimits(document.paths);
  const schemas = withWords({ ...messageSchemas(), ...document.components?.schemas });
  document.components = { ...document.components, schemas: sorted(schemas), headers: { ...RATE_LIMIT_HEADERS } };
  closeBodies(document);
  document.webhooks = messageWebhooks();
  return document;
}

export const API_PAGE = 'api/docs';

/** The description at /api/openapi.json, and a page to read and try it at /api/docs. Made when it is first asked for. */
export function serveApiDescription(app: NestFastifyApplication): void {
  limitReaders(app.getHttpAdapter().getInstance());
  SwaggerModule.setup(API_PAGE, app, () => describeApi(app), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'BPOC Webhooks API',
  });
}

/** No guard stands before the routes of the package. */
function limitReaders(fastify: FastifyInstance): void {
  const perAddress = new AttemptLimit({ attempts: LIMITS.stranger, windowMs: 60_000 });
  fastify.addHook('onRequest', (request, reply, next) => {
    if (!/^\/api\/(docs|openapi)/.test(request.routeOptions.url ?? '')) return next();
    const waitSeconds = perAddress.take(normalizeIp(request.ip, 64));
    if (waitSeconds === 0) return next();
    sendProblem(tooManyRequests('This address asked for the description too often.', waitSeconds), request, reply);
  });
}

/** draft-ietf-httpapi-ratelimit-headers-10: an item for each limit that the request counts against. */
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

/** The limits are the same for all routes, so no route has to declare them. */
function describeLimits(paths: OpenAPIObject['paths']): void {
  for (const [path, item] of Object.entries(paths)) {
    if (!isLimited(path)) continue;
    for (const operation of [item.get, item.put, item.post, item.patch, item.delete]) {
      if (!operation) continue;
      addProblem(operation, 'too_many_requests');
      for (const [status, response] of Object.entries(operation.responses)) {
        if (!response || '$ref' in response || !/^(2|429)/.test(status)) continue;
        response.headers = { ...response.headers, ...RATE_LIMIT_REFS };
      }
    }
  }
}

function sorted<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
