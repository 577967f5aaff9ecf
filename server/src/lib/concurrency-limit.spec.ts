import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.js';

const full = new Error('full');
const newLimit = () => new ConcurrencyLimit({ atOnce: 2, maxWaiting: 3, refusal: () => full });

describe('ConcurrencyLimit', () => {
  it('runs a limited number at once, in order, and refuses work when the queue is full', async () => {
    const limit = newLimit();
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const work = [0, 1, 2, 3, 4].map((n) =>
      limit.run(() => {
        started.push(n);
        return new Promise<number>((resolve) => ends.push(() => resolve(n)));
      }),
    );
    expect(started).toEqual([0, 1]);
    await expect(limit.run(() => Promise.resolve())).rejects.toBe(full);
    for (let n = 0; n < 5; n++) {
      ends[n]!();
      expect(await work[n]).toBe(n);
      await setImmediate();
      expect(started).toEqual([0, 1, 2, 3, 4].slice(0, n + 3));
    }
    expect(limit.isIdle).toBe(true);
  });

  it('frees the slot when work fails', async () => {
    const limit = newLimit();
    const failing = () => limit.run(() => Promise.reject(new Error('failed')));
    await Promise.allSettled([failing(), failing(), failing()]);
    expect(limit.isIdle).toBe(true);
    expect(await limit.run(() => Promise.resolve('done'))).toBe('done');
  });
});
