import { describe, expect, it } from '@jest/globals';
import { AttemptLimit, tooManyRequests } from './attempt-limit.js';

function limitOf(attempts: number) {
  let now = 0;
  const limit = new AttemptLimit({ attempts, windowMs: 60_000, now: () => now });
  return { take: (key: string) => limit.take(key, 'Too fast.'), limit, pass: (ms: number) => void (now += ms) };
}

const afterSeconds = (seconds: number) =>
  expect.objectContaining({ code: 'too_many_requests', retryAfterSeconds: seconds });

describe('AttemptLimit', () => {
  it('refuses attempts beyond the limit and says how long to wait', () => {
    const { take, pass } = limitOf(2);
    take('a');
    take('a');
    pass(15_000);
    expect(() => take('a')).toThrow(afterSeconds(45));
    take('b');
  });

  it('starts over when the window ends', () => {
    const { take, pass } = limitOf(1);
    take('a');
    pass(59_999);
    expect(() => take('a')).toThrow(afterSeconds(1));
    pass(1);
    take('a');
  });

  it('does not count released attempts', () => {
    const { take, limit } = limitOf(1);
    for (let n = 0; n < 5; n++) {
      take('a');
      limit.release('a');
    }
  });

  it('states the wait in the message and in seconds', () => {
    expect(tooManyRequests('Too fast.', 30)).toMatchObject({
      message: 'Too fast. Try again in 30 seconds.',
      retryAfterSeconds: 30,
    });
    expect(tooManyRequests('Too fast.', 840).message).toBe('Too fast. Try again in 14 minutes.');
  });
});
