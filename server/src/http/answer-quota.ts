import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, PROBLEM_CONTENT_TYPE } from './problem.js';

/** What answers of one agency may hold of our memory until they are read. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
/**
 * Smaller ones always go out: among them is every answer that says what was done, and would be done twice without it.
 */
const SMALL_BYTES = 64 * 1024;

/**
 * An answer stays in memory until its reader has taken it. One who asks for many large ones and reads none must not
 * fill the memory that others need. `agencyOf` names the agency of a request; null: not counted.
 */
export function limitAnswers(fastify: FastifyInstance, agencyOf: (request: FastifyRequest) => string | null): void {
  const held = new Map<string, number>();
  fastify.addHook('onSend', (request, reply, payload, next) => {
    const agencyId = agencyOf(request);
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : 0;
    // The reader is gone, and the close event with it.
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
