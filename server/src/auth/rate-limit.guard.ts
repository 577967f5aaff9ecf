import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { tooManyRequests } from '../http/attempt-limit.js';

const WHOSE: Record<string, string> = {
  caller: 'This person or key made too many requests within a minute.',
  agency: 'The people and keys of this agency made too many requests within a minute.',
  stranger: 'Too many requests without a sign-in came from this address within a minute.',
};

type Exceeded = Parameters<ThrottlerGuard['throwThrottlingException']>[1];

/** Counts every request after the access guard has said whose it is; the access guard asks it about those it turns away. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override throwThrottlingException(_context: ExecutionContext, exceeded: Exceeded): Promise<void> {
    const [name = ''] = exceeded.key.split(' ');
    throw tooManyRequests(WHOSE[name] ?? 'Too many requests.', exceeded.timeToBlockExpire);
  }
}
