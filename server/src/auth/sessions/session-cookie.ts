import type { FastifyReply, FastifyRequest } from 'fastify';
import '@fastify/cookie';
import { SESSION_IDLE_DAYS } from './sessions.service.js';

const DAY_SECONDS = 86_400;

/** Over https the name demands Secure and no Domain, so that a neighbouring subdomain cannot plant a session of its own. */
export function sessionCookieName(publicUrl: string | null): string {
  return isSecure(publicUrl) ? '__Host-bpoc_session' : 'bpoc_session';
}

const isSecure = (publicUrl: string | null) => publicUrl?.startsWith('https:') ?? false;

export function readSessionCookie(request: FastifyRequest, publicUrl: string | null): string | undefined {
  return request.cookies?.[sessionCookieName(publicUrl)];
}

/** Signs the browser in with a session token, or out with null. Scripts cannot read it, other sites' requests do not carry it. */
export function setSessionCookie(reply: FastifyReply, publicUrl: string | null, token: string | null): void {
  reply.setCookie(sessionCookieName(publicUrl), token ?? '', {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(publicUrl),
    // The database ends sessions; the browser only needs to keep the cookie at least as long.
    maxAge: token === null ? 0 : SESSION_IDLE_DAYS * DAY_SECONDS,
  });
}
