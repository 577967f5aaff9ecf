import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Batcher } from './batcher.js';

/** A batcher whose batches the test ends. */
function byHand({ maxItems = 3, concurrency = 1 } = {}) {
  const batches: { items: number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher<number, string>({
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, end: () => resolve(items.map((item) => `done ${item}`)), fail: reject });
      }),
    maxItems,
    concurrency,
  });
  return { batcher, batches, items: () => batches.map((batch) => batch.items) };
}

/** After everything that is due by now. */
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('a batcher', () => {
  it('runs the items of one turn as one batch, and resolves each with its own result', async () => {
    const { batcher, batches, items } = byHand();
    const answers = Promise.all([batcher.add(1), batcher.add(2)]);
    await turn();
    expect(items()).toEqual([[1, 2]]);
    batches[0]!.end();
    expect(await answers).toEqual(['done 1', 'done 2']);
  });

  it('collects what arrives meanwhile, in order, up to the maximum batch size', async () => {
    const { batcher, batches, items } = byHand();
    const answers = [1, 2, 3, 4, 5].map((item) => batcher.add(item));
    await turn();
    expect(items()).toEqual([[1, 2, 3]]);
    answers.push(batcher.add(6), batcher.add(7));
    await turn();
    expect(items()).toHaveLength(1);
    batches[0]!.end();
    await turn();
    expect(items()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    batches[1]!.end();
    await turn();
    batches[2]!.end();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5, 6, 7].map((item) => `done ${item}`));
  });

  it('runs at most the allowed number of batches at once', async () => {
    const { batcher, batches, items } = byHand({ maxItems: 1, concurrency: 2 });
    const answers = Promise.all([1, 2, 3].map((item) => batcher.add(item)));
    await turn();
    expect(items()).toEqual([[1], [2]]);
    batches[1]!.end();
    await turn();
    expect(items()).toEqual([[1], [2], [3]]);
    for (const batch of batches) batch.end();
    expect(await answers).toHaveLength(3);
  });

  it('rejects all items of a failing batch, and continues with the next', async () => {
    const { batcher, batches } = byHand({ maxItems: 2 });
    const answers = Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
    await turn();
    batches[0]!.fail(new Error('no'));
    await turn();
    batches[1]!.end();
    expect((await answers).map((answer) => answer.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});

describe('items that may wait for company', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const lingering = () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number, number>({
      run: (items) => {
        batches.push(items);
        return Promise.resolve(items);
      },
      maxItems: 10,
      concurrency: 1,
      linger: { mayWait: (item) => item > 0, items: 3, ms: 5 },
    });
    return { batcher, batches };
  };

  it('start with the one that makes them enough', async () => {
    const { batcher, batches } = lingering();
    const first = [batcher.add(1), batcher.add(2)];
    await turn();
    expect(batches).toEqual([]);
    await Promise.all([...first, batcher.add(3)]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('start with one that may not wait', async () => {
    const { batcher, batches } = lingering();
    await Promise.all([batcher.add(1), batcher.add(-1)]);
    expect(batches).toEqual([[1, -1]]);
    const second = batcher.add(2);
    await turn();
    expect(batches).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(5);
    await second;
  });

  it('start after the time allowed', async () => {
    const { batcher, batches } = lingering();
    const all = [batcher.add(1)];
    await jest.advanceTimersByTimeAsync(4);
    all.push(batcher.add(2));
    expect(batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([[1, 2]]);
    await Promise.all(all);
  });
});
