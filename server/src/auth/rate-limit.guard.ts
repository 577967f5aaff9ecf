import { Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { tooManyRequests } from '../http/attempt-limit.js';

const DETAILS: Record<string, string> = {
  caller: 'This person or key made too many requests within a minute.',
  agency: 'The people and keys of this agency made too many requests within a minute.',
  stranger: 'Too many requests without a sign-in came from this address within a minute.',
};

/** Runs after the access guard, which calls it for unauthenticated requests. */
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

/** Appends to a list (RFC 9651): draft-ietf-httpapi-ratelimit-headers-10 names every limit that applies. */
function addItem(reply: FastifyReply, header: string, item: string): void {
  const before = reply.getHeader(header);
  reply.header(header, before === undefined ? item : `${String(before)}, ${item}`);
}
