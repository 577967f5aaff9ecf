import { normalizeIp, type ThrottlerModuleOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';

/*
 * All rate limits of the HTTP API but those of wrong passwords (login-throttle) and of test messages. Generous: they
 * stop runaway loops, not normal work. Counted per process, so n replicas allow up to n times as many.
 */

const MINUTE_MS = 60_000;

/** Requests a minute. */
export const LIMITS = {
  /** Per person, API key or service token. */
  caller: 6000,
  /** Per agency, all its people and keys together. */
  agency: 12_000,
  /** Per address (IPv6: /64), unauthenticated requests and wrong keys. */
  stranger: 600,
} as const;

/**
 * Never limited: intake has its own back-pressure (wrong tokens are counted by service-auth), and health checks must
 * always get an answer. The test inbox has its own limit: all messages of the engine would come from one address.
 */
const UNLIMITED = /^\/(api\/internal\/events|health\/|inbox\/)/;

/** Whether requests to this path are counted. */
export const isLimited = (path: string): boolean => !UNLIMITED.test(path);

type Throttler = Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number];
type LimitName = keyof typeof LIMITS;

/** `limitedBy` returns the subject a request counts against; null: this limit does not apply. The window slides. */
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
  // One count over all routes; the default is one per route.
  generateKey: (_context, subject, name) => limitKey(name as LimitName, subject),
  setHeaders: false,
};

/** Metrics are counted apart: scrapes must get through while their address, which may be a proxy's, is flooded. */
export function strangerAt(ip: string, path: string): string {
  return `${normalizeIp(ip, 64)}${path.startsWith('/metrics') ? ' metrics' : ''}`;
}

/** The storage key of a count. */
export const limitKey = (name: LimitName, subject: string): string => `${name} ${subject}`;
