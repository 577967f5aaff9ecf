import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { User } from '../agencies/user.entity.js';
import type { Role, ServiceScope } from './role.js';

/** The caller of a request: a signed-in person, an API key of an agency, or a service of the platform. */
export interface Actor {
  kind: 'user' | 'key' | 'service';
  id: string;
  /** The name of the person (or the email address), key or token. The audit log keeps it. */
  name: string;
  /** The agency of a person or key; null for a service. */
  agencyId: string | null;
  /** The role of a person or key; null for a service. */
  role: Role | null;
  /** What a service token may do; empty for a person or key. */
  scopes: ServiceScope[];
  /** The agencies that a service token is limited to; null: all. Always null for a person or key. */
  agencyIds: string[] | null;
}

/** The actor of a route under `@Allow(right)`: a person or key, which has an agency and a role. */
export type AgencyActor = Actor & { kind: 'user' | 'key'; agencyId: string; role: Role };

export type Person = Pick<User, 'id' | 'agencyId' | 'email' | 'name' | 'role'>;

export function personActor({ id, agencyId, email, name, role }: Person): AgencyActor {
  return { kind: 'user', id, name: name || email || id, agencyId, role, scopes: [], agencyIds: null };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard; undefined on public routes. */
    actor?: Actor;
    /** Set by the access guard when the request was authenticated by a session cookie. */
    sessionHash?: Buffer;
  }
}

/** Parameter decorator: the `AgencyActor` of a route under `@Allow`, the `Actor` of one under `@AllowService`. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!actor) throw new Error('@CurrentActor() on a public route, which has no actor');
  return actor;
});
