import { describe, expect, it } from '@jest/globals';
import { AttemptLimit, tooManyRequests } from './attempt-limit.js';

function limitOf(attempts: number) {
  let now = 0;
  const limit = new AttemptLimit({ attempts, windowMs: 60_000, now: () => now });
  return { limit, pass: (ms: number) => void (now += ms) };
}

describe('AttemptLimit', () => {
  it('refuses attempts beyond the limit and returns the seconds to wait', () => {
    const { limit, pass } = limitOf(2);
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 0]);
    pass(15_000);
    expect(limit.take('a')).toBe(45);
    expect(limit.take('b')).toBe(0);
  });

  it('starts over when the window ends', () => {
    const { limit, pass } = limitOf(1);
    limit.take('a');
    pass(59_999);
    expect(limit.take('a')).toBe(1);
    pass(1);
    expect(limit.take('a')).toBe(0);
  });

  it('does not count released attempts', () => {
    const { limit } = limitOf(1);
    for (let n = 0; n < 5; n++) {
      expect(limit.take('a')).toBe(0);
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
