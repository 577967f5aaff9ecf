import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../lib/app-error.js';
import { ENV, type Env } from '../config/env.js';
import { parseUrl } from '../lib/parse-url.js';
import type { Actor } from './actor.js';
import { ACCESS, type Access } from './allow.js';
import { Identity } from './identity.js';
import { RateLimitGuard } from './rate-limits.js';
import { hasRight, hasRole, type Role, roleFor, type ServiceScope } from './role.js';

/** Guards every route and sets `request.actor`. Routes without a declaration are refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly identity: Identity,
    private readonly rateLimit: RateLimitGuard,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!access) throw new AppError('forbidden', 'This route does not declare who may use it.');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    refuseCrossSite(request, this.env.publicUrl);
    if (access.kind === 'public') return true;
    // On internal routes ServiceAuth has set it.
    request.actor ??= await this.identity.authenticate(request).catch(async (error: unknown) => {
      // An unauthenticated request counts against its address, which may turn the answer into 429.
      await this.rateLimit.canActivate(context);
      throw error;
    });
    demand(access, request.actor);
    return true;
  }
}

/** Throws AppError forbidden unless the actor is a service token with this scope. */
export function requireScope(actor: Actor, scope: ServiceScope): void {
  if (actor.scopes.includes(scope)) return;
  throw new AppError('forbidden', `This needs a service token with the scope "${scope}".`);
}

/** Whether the actor may act for the agency. */
export function mayActFor(actor: Actor, agencyId: string): boolean {
  return actor.kind === 'service' ? (actor.agencyIds?.includes(agencyId) ?? true) : actor.agencyId === agencyId;
}

/** Throws AppError forbidden unless the actor may act for the agency. */
export function requireAgency(actor: Actor, agencyId: string): void {
  if (!mayActFor(actor, agencyId)) throw new AppError('forbidden', 'This token may not act for that agency.');
}

function demand(access: Exclude<Access, { kind: 'public' }>, actor: Actor): void {
  if (access.kind === 'service') return requireScope(actor, access.scope);
  if (!hasRight(actor, access.right)) throw new AppError('forbidden', whyNot(actor, roleFor(access.right)));
}

function whyNot({ role }: Actor, needed: Role): string {
  if (role === null) return 'A service token cannot be used here: sign in, or use an API key of the agency.';
  if (hasRole(role, needed)) return 'This is for people; an API key cannot do it.';
  return `This needs the role ${needed}; yours is ${role}.`;
}

/** The parts of a request that show where it comes from. */
interface RequestOrigin {
  method: string;
  /** Request headers, lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  host: string;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a browser reports that another site caused this change. Pages cannot forge `Sec-Fetch-Site`. Browsers from
 * before 2023 do not send it, but they send `Origin`. Without either header the client is no browser, so that no other
 * site can use a person's cookie.
 */
export function isCrossSite({ method, headers, host }: RequestOrigin, publicUrl: string | null): boolean {
  if (SAFE_METHODS.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  const expected = publicUrl === null ? host : new URL(publicUrl).host;
  return typeof origin !== 'string' || parseUrl(origin)?.host !== expected;
}

/**
 * Throws AppError cross_site_request. Requests with an Authorization header are exempt, because browsers never add one
 * on behalf of another site.
 */
export function refuseCrossSite(request: RequestOrigin, publicUrl: string | null): void {
  if (request.headers['authorization'] !== undefined || !isCrossSite(request, publicUrl)) return;
  throw new AppError('cross_site_request', 'Another site asked for this change. Open the app itself and try again.');
}
