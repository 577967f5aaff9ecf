import { normalizeIp, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';

/*
 * Every rate limit of the HTTP API but those of wrong passwords (login-throttle) and of test messages. Generous: they stop loops that ran
 * wild, nobody's work. Counted in this process, so with n replicas somebody gets up to n times as many.
 */

const MINUTE_MS = 60_000;

/** Requests a minute. */
export const LIMITS = {
  /** Of one person, API key or service token. */
  caller: 6000,
  /** Of all people and keys of one agency together. */
  agency: 12_000,
  /** Of one address (IPv6: one /64) without a sign-in, wrong keys included. */
  stranger: 600,
} as const;

/**
 * Never limited: intake has its own back-pressure and must take events as long as it can (wrong tokens are counted at
 * its door, internal-door); whoever asks for health must not be told something else. The test inbox counts for itself:
 * what it gets from our own engine would all be one stranger.
 */
const UNLIMITED = /^\/(api\/internal\/events|health\/|inbox\/)/;

/** Whether requests to this path are counted. */
export const isLimited = (path: string): boolean => !UNLIMITED.test(path);

type Throttler = Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number];
type LimitName = keyof typeof LIMITS;

/** `limitedBy` names whom a request counts against; null: not against this limit. Windows slide: one may go on when the oldest request is a minute old. */
const throttler = (name: LimitName, limitedBy: (request: FastifyRequest) => string | null | undefined): Throttler => ({
  name,
  ttl: MINUTE_MS,
  limit: LIMITS[name],
  blockDuration: 0,
  skipIf: (context) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return !isLimited(request.url) || limitedBy(request) == null;
  },
  getTracker: (request) => limitedBy(request as FastifyRequest)!,
});

export const RATE_LIMITS: ThrottlerModuleOptions = {
  throttlers: [
    throttler('caller', ({ actor }) => actor?.id),
    throttler('agency', ({ actor }) => actor?.agencyId),
    throttler('stranger', ({ actor, ip, url }) => (actor ? null : strangerAt(ip, url))),
  ],
  // Over all routes together, where the package would count each for itself.
  generateKey: (_context, whom, name) => limitKey(name as LimitName, whom),
  setHeaders: false,
};

/**
 * Those for metrics count apart: they must come through while their address, which may be that of a proxy, is flooded.
 */
export function strangerAt(ip: string, path: string): string {
  return `${normalizeIp(ip, 64)}${path.startsWith('/metrics') ? ' metrics' : ''}`;
}

/** Under which name the requests of somebody are counted. */
export const limitKey = (name: LimitName, whom: string): string => `${name} ${whom}`;
