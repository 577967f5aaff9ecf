import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

const full = new Error('full');
const newTurns = () => new Turns({ atOnce: 2, maxWaiting: 3, refusal: () => full });

describe('Turns', () => {
  it('runs a limited number at once, in order, and refuses work when the queue is full', async () => {
    const turns = newTurns();
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const work = [0, 1, 2, 3, 4].map((n) =>
      turns.run(() => {
        started.push(n);
        return new Promise<number>((resolve) => ends.push(() => resolve(n)));
      }),
    );
    expect(started).toEqual([0, 1]);
    await expect(turns.run(() => Promise.resolve())).rejects.toBe(full);
    for (let n = 0; n < 5; n++) {
      ends[n]!();
      expect(await work[n]).toBe(n);
      await setImmediate();
      expect(started).toEqual([0, 1, 2, 3, 4].slice(0, n + 3));
    }
    expect(turns.isIdle).toBe(true);
  });

  it('frees the slot when work fails', async () => {
    const turns = newTurns();
    const failing = () => turns.run(() => Promise.reject(new Error('failed')));
    await Promise.allSettled([failing(), failing(), failing()]);
    expect(turns.isIdle).toBe(true);
    expect(await turns.run(() => Promise.resolve('done'))).toBe('done');
  });
});
