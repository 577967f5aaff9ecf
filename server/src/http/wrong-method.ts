import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../lib/app-error.js';
import { sendProblem } from './problem.filter.js';

/**
 * Answers 405 with `Allow` (RFC 9110 §15.5.6) if the path exists but not with this method. Call it before any route is
 * registered. `fallback` is the route of every path that has no route of its own.
 */
export function refuseWrongMethods(fastify: FastifyInstance, fallback: string): void {
  const methods = new Map<string, { path: RegExp; allowed: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    if (url === fallback) return;
    const known = methods.get(url) ?? { path: patternOfRoute(url), allowed: new Set() };
    for (const one of [method].flat()) known.allowed.add(one);
    methods.set(url, known);
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    if (!request.is404 && request.routeOptions.url !== fallback) return next();
    const [path = ''] = request.url.split('?');
    const allowed = [...methods.values()].flatMap((route) => (route.path.test(path) ? [...route.allowed] : []));
    // If the method is allowed, the path matches but a parameter is too long: 404.
    if (allowed.length === 0 || allowed.includes(request.method)) return next();
    refuse(request, reply, [...new Set(allowed)].toSorted().join(', '));
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, allowed: string): void {
  reply.header('allow', allowed);
  const detail = `There is no ${request.method} here; this address takes ${allowed}.`;
  sendProblem(new AppError('method_not_allowed', detail), request, reply);
}

/** `/a/:id/*` as a regular expression. */
function patternOfRoute(url: string): RegExp {
  const literal = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
