import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import { type NestApplicationOptions, type Type, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { InternalEventsController, publishDirectly } from './events/internal-events.controller.js';
import { INTERNAL } from './auth/keys/service-auth.js';
import { API_PAGE, serveApiDescription } from './openapi/description.js';
import { AppError } from './lib/app-error.js';
import { limitAnswers } from './http/answer-quota.js';
import { bodyBoundsOf } from './http/body-check.js';
import { acceptJsonOnly } from './http/json-body.js';
import { ProblemFilter, sendProblem } from './http/problem.filter.js';
import { REQUEST_ID_HEADER, requestId } from './http/request-id.js';
import { PERMISSIONS_POLICY, securityHeaders } from './http/security-headers.js';
import { serveSecurityTxt } from './http/security-txt.js';
import { FALLBACK, serveAdmin } from './http/static-admin.js';
import { validationPipe } from './http/validation-pipe.js';
import { refuseWrongMethods } from './http/wrong-method.js';

/** The output of `npm run build`. The relative path is the same from src/ and dist/. */
const ADMIN_DIRECTORY = fileURLToPath(new URL('../../admin/dist', import.meta.url));

/** The version of the server. */
const { version: RELEASE } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The same limit as for the members of a JSON object. */
const MAX_PARAMETERS = 200;

interface HttpAppOptions {
  /** If it is https, cookies and headers are strict. */
  publicUrl: string | null;
  /**
   * Proxies (addresses or ranges) whose `x-forwarded-for` is trusted. None by default: a client could otherwise choose
   * the address by which its sign-in attempts are counted.
   */
  trustedProxies?: string[];
  /** Contacts of security.txt; none: 404. */
  securityContact?: string[];
  adminDirectory?: string;
  nest?: Omit<NestApplicationOptions, 'bodyParser'>;
}

/** For `NestFactory` and `TestingModule.createNestApplication`, together with `newHttpAdapter()`. */
export const NEST_OPTIONS = {
  bodyParser: false,
  // The caller reports a failed start; Nest would end the process.
  abortOnError: false,
  routeConflictPolicy: { duplicate: 'error', shadow: 'error' },
} satisfies NestApplicationOptions;

export function newHttpAdapter({ trustedProxies = [] }: Pick<HttpAppOptions, 'trustedProxies'> = {}): FastifyAdapter {
  return new FastifyAdapter({
    // For unknown paths; each route has its own limit.
    bodyLimit: bodyBoundsOf().bytes,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    requestIdHeader: false,
    genReqId: requestId,
    // Against clients that send their body slowly. Responses are not limited (server-sent events).
    requestTimeout: 60_000,
    // Ids in paths have up to 128 characters, each of which may take up to 9 when percent-encoded.
    routerOptions: { maxParamLength: 2048 },
    frameworkErrors: sendProblem as FastifyServerOptions['frameworkErrors'],
  });
}

/** Call before `init()` or `listen()`. */
async function configureHttpApp(app: NestFastifyApplication, options: HttpAppOptions): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  acceptJsonOnly(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    const isApi = request.url.startsWith('/api/');
    // Responses contain candidates' data and sometimes secrets.
    if (isApi) reply.header('cache-control', 'no-store').header('bpoc-webhooks-version', RELEASE);
    if (request.url.startsWith(INTERNAL)) reply.header('x-content-type-options', 'nosniff');
    // Programs ignore it, and it is longer than most of their responses.
    if (!isApi || request.url.startsWith(`/${API_PAGE}`)) reply.header('permissions-policy', PERMISSIONS_POLICY);
    done(tooManyParameters(request.url));
  });
  // Services are no browsers: of helmet's headers only the one set above matters to them. Making all of them for each
  // response took a fifth of the CPU time of a published event.
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith(INTERNAL)) route.helmet = false;
  });
  publishDirectly(fastify, () => app.get(InternalEventsController, { strict: false }));
  limitAnswers(fastify, ({ actor }) => actor?.agencyId ?? null);
  await app.register(fastifyHelmet, securityHeaders(options.publicUrl));
  // After the hooks that set headers, before any route.
  refuseWrongMethods(fastify, FALLBACK);
  await app.register(fastifyCookie);
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  serveApiDescription(app);
  serveSecurityTxt(fastify, { contacts: options.securityContact ?? [], publicUrl: options.publicUrl });
  await serveAdmin(fastify, options.adminDirectory ?? ADMIN_DIRECTORY);
}

/** The validation of queries is quadratic in the number of parameters. */
function tooManyParameters(url: string): AppError | undefined {
  if (url.split('&').length <= MAX_PARAMETERS) return undefined;
  return new AppError('bad_request', `The query has more than ${MAX_PARAMETERS} parameters.`);
}

/** Returns an application that is ready for `listen()`. */
export async function createHttpApp(
  module: Type<unknown> | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const adapter = newHttpAdapter(options);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { ...options.nest, ...NEST_OPTIONS });
  await configureHttpApp(app, options);
  return app;
}
