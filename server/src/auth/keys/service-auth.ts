import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MINUTE_MS } from '../../lib/time.js';
import { AppError } from '../../lib/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { AttemptLimit } from '../../http/attempt-limit.js';
import { sendProblem } from '../../http/problem.filter.js';
import type { Actor } from '../actor.js';
import { refuseCrossSite } from '../access.guard.js';
import { Identity } from '../identity.js';

/** Prefix of the routes of services. */
export const INTERNAL = '/api/internal/';

/** Wrong tokens per minute and address (IPv6: /64). */
const WRONG_TOKENS = 600;

/**
 * Verifies the service token of internal routes before the body is read. Guards run after that, and every guess would
 * cost reading and parsing up to 8 MiB. Wrong tokens are counted by address and never block a right one: publishing is
 * limited only by its own back-pressure.
 */
@Injectable()
export class ServiceAuth implements OnModuleInit {
  readonly wrong = new AttemptLimit({ attempts: WRONG_TOKENS, windowMs: MINUTE_MS });

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly identity: Identity,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    fastify?.addHook('onRequest', (request, reply, next) => {
      // Checked by route, because the raw URL may be percent-encoded.
      if (!request.routeOptions.url?.startsWith(INTERNAL)) next();
      else void this.#authenticate(request, reply, next);
    });
  }

  async #authenticate(request: FastifyRequest, reply: FastifyReply, next: () => void): Promise<void> {
    try {
      refuseCrossSite(request, this.env.publicUrl);
      request.actor = await this.#service(request);
    } catch (error) {
      sendProblem(error, request, reply);
      return;
    }
    next();
  }

  async #service(request: FastifyRequest): Promise<Actor> {
    const actor = await this.identity.authenticateService(request).catch((error: unknown) => {
      // Other errors, such as an unavailable database, are not the caller's fault.
      if (error instanceof AppError && error.code === 'unauthenticated')
        this.wrong.take(normalizeIp(request.ip, 64), 'Too many wrong service tokens came from this address.');
      throw error;
    });
    if (actor.kind !== 'service') throw new AppError('forbidden', 'This needs a service token.');
    return actor;
  }
}
