import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERRORS } from '../lib/app-error.js';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { refusalOf } from './refusal.js';
import { REQUEST_ID_HEADER } from './request-id.js';

const logger = new Logger('Http');

/** Turns every exception of a request into a problem+json response. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Also used as Fastify's `frameworkErrors`: a malformed URL is rejected before Nest's filters and all hooks. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(thrown) ?? new AppError('internal', 'Something went wrong on our side.', { cause: thrown });
  const { status } = ERRORS[refusal.code];
  if (status >= 500) report(refusal, request);
  // A stream that broke midway: the headers have been sent.
  if (reply.sent || reply.raw.headersSent) return;
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', Math.ceil(refusal.retryAfterSeconds));
  if (refusal.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  reply
    .code(status)
    .header(REQUEST_ID_HEADER, request.id)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem(refusal.code, refusal.message, request.id, refusal.errors)));
}

function report(refusal: AppError, request: FastifyRequest): void {
  const cause = refusal.cause ?? refusal;
  const line = `${request.method} ${request.routeOptions?.url ?? 'unrouted'} ${refusal.code} (request ${request.id})`;
  // When the database is unavailable many requests fail at once, and stacks do not help the operator.
  if (refusal.code === 'database_unavailable') logger.warn(`${line}: ${cause instanceof Error ? cause.message : ''}`);
  else logger.error(line, cause instanceof Error ? cause.stack : JSON.stringify(cause));
}
