import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../lib/app-error.js';
import { ENV, type Env } from '../config/env.js';
import type { Actor } from './actor.js';
import { ApiKeys } from './keys/api-keys.service.js';
import { ProviderPeople } from './provider/provider-people.service.js';
import { hasRight, type Right } from './role.js';
import { readSessionCookie } from './sessions/session-cookie.js';
import { Sessions } from './sessions/sessions.service.js';

/** Authenticates a request by header or cookie. Streams call it again later, because they can outlive a session. */
@Injectable()
export class Identity {
  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: Sessions,
    private readonly people: ProviderPeople,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  /** Also sets `request.sessionHash`. Throws AppError unauthenticated, unknown_person or identity_unavailable. */
  authenticate(request: FastifyRequest): Promise<Actor> {
    return this.#authenticate(
      request,
      async (token) => (await this.keys.verify(token)) ?? (await this.people.verify(token)),
    );
  }

  /** Whether the caller of a long-running request still has the right. Yes if that cannot be checked at the moment. */
  async stillHas(request: FastifyRequest, agencyId: string, right: Right): Promise<boolean> {
    try {
      const actor = await this.authenticate(request);
      return actor.agencyId === agencyId && hasRight(actor, right);
    } catch (error) {
      return !(error instanceof AppError) || error.code === 'identity_unavailable';
    }
  }

  /** For internal routes: skips the identity provider, which knows no services. Throws AppError unauthenticated. */
  authenticateService(request: FastifyRequest): Promise<Actor> {
    return this.#authenticate(request, (token) => this.keys.verify(token));
  }

  async #authenticate(request: FastifyRequest, verify: (token: string) => Promise<Actor | null>): Promise<Actor> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return byHeader(authorization, verify);
    const token = readSessionCookie(request, this.env.publicUrl);
    const session = token ? await this.sessions.find(token) : null;
    if (!session) throw new AppError('unauthenticated', 'Sign in, or send an API key as "Authorization: Bearer …".');
    request.sessionHash = session.hash;
    return session.actor;
  }
}

async function byHeader(authorization: string, verify: (token: string) => Promise<Actor | null>): Promise<Actor> {
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  const actor = token === undefined ? null : await verify(token);
  if (!actor) throw new AppError('unauthenticated', 'This key or token is unknown, expired or revoked.');
  return actor;
}
