import { normalizeIp, ThrottlerGuard, type ThrottlerModuleOptions, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Injectable } from '@nestjs/common';
import { MINUTE_MS } from '../lib/time.js';
import { tooManyRequests } from '../http/attempt-limit.js';

/*
 * The rate limits of the HTTP API, except those for wrong passwords (login-throttle) and test messages. They are
 * generous: they stop runaway loops, not normal work. Counted per process, so n replicas allow up to n times as many.
 */

/** Requests a minute. */
export const LIMITS = {
  /** Per person, API key or service token. */
  caller: 6000,
  /** Per agency, for all its people and keys together. */
  agency: 12_000,
  /** Per address (IPv6: /64), for unauthenticated requests and wrong keys. */
  stranger: 600,
} as const;

/**
 * Never limited. Intake has its own back-pressure (service-auth counts wrong tokens), and health checks must always get
 * an answer. The test inbox has its own limit, because all messages of the engine come from one address.
 */
const UNLIMITED = /^\/(api\/internal\/events|health\/|inbox\/)/;

/** Whether requests to this path are counted. */
export const isLimited = (path: string): boolean => !UNLIMITED.test(path);

type Throttler = Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number];
type LimitName = keyof typeof LIMITS;

/** `limitedBy` returns the subject that a request counts against; null: this limit does not apply. */
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
  // One count for all routes; the default is one per route.
  generateKey: (_context, subject, name) => limitKey(name as LimitName, subject),
  setHeaders: false,
};

/**
 * Metrics are counted separately: scrapes must get through while their address, perhaps a proxy's, is over the limit.
 */
function strangerAt(ip: string, path: string): string {
  return `${normalizeIp(ip, 64)}${path.startsWith('/metrics') ? ' metrics' : ''}`;
}

/** The key of a count in the storage of the throttler. */
export const limitKey = (name: LimitName, subject: string): string => `${name} ${subject}`;

const DETAILS: Record<string, string> = {
  caller: 'This person or key made too many requests within a minute.',
  agency: 'The people and keys of this agency made too many requests within a minute.',
  stranger: 'Too many requests without a sign-in came from this address within a minute.',
};

/** Runs after the access guard, which also calls it for unauthenticated requests. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override async handleRequest(props: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration, getTracker, generateKey } = props;
    const { req, res } = this.getRequestResponse(context);
    const name = throttler.name!;
    const key = generateKey(context, await getTracker(req, context), name);
    const used = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    const wait = used.isBlocked ? used.timeToBlockExpire : ttl / 1000;
    const reply = res as unknown as FastifyReply;
    addItem(reply, 'ratelimit-policy', `"${name}";q=${limit};w=${ttl / 1000}`);
    addItem(reply, 'ratelimit', `"${name}";r=${Math.max(0, limit - used.totalHits)};t=${wait}`);
    if (used.isBlocked) throw tooManyRequests(DETAILS[name] ?? 'Too many requests.', wait);
    return true;
  }
}

/**
 * Appends to a list (RFC 9651): by draft-ietf-httpapi-ratelimit-headers-10 the header names every limit that applies.
 */
function addItem(reply: FastifyReply, header: string, item: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? item : `${String(before)}, ${item}`);
}
