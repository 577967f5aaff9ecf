import type { FastifyReply, FastifyRequest } from 'fastify';
import '@fastify/cookie';
import { SESSION_IDLE_DAYS } from './sessions.service.js';

const DAY_SECONDS = 86_400;

/** Over https the prefix `__Host-` requires Secure and no Domain, so that no sibling subdomain can set the cookie. */
export function sessionCookieName(publicUrl: string | null): string {
  return isSecure(publicUrl) ? '__Host-bpoc_session' : 'bpoc_session';
}

const isSecure = (publicUrl: string | null) => publicUrl?.startsWith('https:') ?? false;

export function readSessionCookie(request: FastifyRequest, publicUrl: string | null): string | undefined {
  return request.cookies?.[sessionCookieName(publicUrl)];
}

/** Sets the session cookie; a null token clears it. */
export function setSessionCookie(reply: FastifyReply, publicUrl: string | null, token: string | null): void {
  reply.setCookie(sessionCookieName(publicUrl), token ?? '', {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(publicUrl),
    // The database expires sessions; the cookie only has to live at least as long.
    maxAge: token === null ? 0 : SESSION_IDLE_DAYS * DAY_SECONDS,
  });
}
