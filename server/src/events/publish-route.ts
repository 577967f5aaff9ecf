import type { FastifyInstance } from 'fastify';
import { demandScope } from '../auth/access.guard.js';
import { sendProblem } from '../http/problem.filter.js';
import type { InternalEvents } from './internal-events.service.js';

/** The route of InternalEventsController.publish. */
const PUBLISH = '/api/internal/events';

/**
 * Publishing skips Nest's pipeline, which has nothing to do for it but costs a sixth of the request: the hook of
 * ServiceAuth has verified the token before the body was read, the route is not rate-limited, and the catalogue checks
 * the body. The controller describes the route and declares its scope.
 */
export function publishDirectly(fastify: FastifyInstance, events: () => InternalEvents): void {
  let known: InternalEvents | undefined;
  fastify.addHook('onRoute', (route) => {
    if (route.url !== PUBLISH || route.method !== 'POST') return;
    route.handler = async (request, reply) => {
      try {
        demandScope(request.actor!, 'publish');
        const { 'idempotency-key': key, traceparent } = request.headers as Record<string, string | undefined>;
        const accepted = await (known ??= events()).publish(request.actor!, request.body, { key, traceparent });
        reply.code(202).send(accepted);
      } catch (error) {
        sendProblem(error, request, reply);
      }
      return reply;
    };
  });
}
