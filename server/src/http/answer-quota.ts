import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';

/** How much memory the unread responses of one agency may use. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
/** Smaller responses are always sent: without the confirmation of a change the caller would repeat it. */
const SMALL_BYTES = 64 * 1024;

/**
 * A response stays in memory until the client has read it. This keeps a client that requests many large ones and reads
 * none from exhausting the memory. `agencyOf` returns the agency of a request; null: not counted.
 */
export function limitAnswers(fastify: FastifyInstance, agencyOf: (request: FastifyRequest) => string | null): void {
  const held = new Map<string, number>();
  fastify.addHook('onSend', (request, reply, payload, next) => {
    const agencyId = agencyOf(request);
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : 0;
    // A closed connection emits no further close event, so its bytes would never be released.
    if (agencyId === null || bytes < SMALL_BYTES || reply.raw.closed) return next(null, payload);
    const before = held.get(agencyId) ?? 0;
    if (before + bytes > MAX_HELD_BYTES) return next(null, refuse(request, reply));
    held.set(agencyId, before + bytes);
    reply.raw.once('close', () => {
      const left = held.get(agencyId)! - bytes;
      if (left > 0) held.set(agencyId, left);
      else held.delete(agencyId);
    });
    next(null, payload);
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply): string {
  reply.code(429).header('content-type', PROBLEM_CONTENT_TYPE).header('retry-after', 1);
  const words = 'Too many answers to this agency are not read yet. Read them, and try again in a second.';
  return JSON.stringify(problem('too_many_requests', words, request.id));
}
