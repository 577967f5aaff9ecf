import { describe, expect, it } from '@jest/globals';
import { Takings } from './lines.js';

const PLANNED_MS = 6_000;

/** Takes `count` deliveries at each of these times. */
function taking(count: number, ...atMs: number[]): Takings {
  const takings = new Takings(PLANNED_MS);
  for (const ms of atMs) for (let n = 0; n < count; n++) takings.add(ms);
  return takings;
}

describe('a webhook may have claimed ahead', () => {
  it('what it took in the last second', () => {
    expect(taking(50, 100_000).ahead(10, 100_000)).toBe(50);
    expect(taking(50, 100_000).ahead(10, 100_500)).toBe(50);
    // Half of the second before last has passed.
    expect(taking(50, 100_000).ahead(10, 101_500)).toBe(25);
  });

  it('at least its limit, if it took that many within the planned wait', () => {
    expect(taking(20, 100_000).ahead(10, 103_000)).toBe(10);
    expect(taking(1, 102_000, 103_000, 104_000, 105_000).ahead(10, 105_000)).toBe(4);
  });

  it('at most 200', () => {
    expect(taking(5_000, 100_000).ahead(10, 100_000)).toBe(200);
    expect(taking(5_000, 100_000).ahead(500, 100_000)).toBe(200);
  });

  it('nothing before it took any, after a pause, or with a limit of one', () => {
    expect(new Takings(PLANNED_MS).ahead(10, 100_000)).toBe(0);
    expect(taking(50, 100_000).ahead(10, 112_000)).toBe(0);
    expect(taking(50, 100_000).areOver(112_000)).toBe(true);
    expect(taking(50, 100_000).ahead(1, 100_000)).toBe(0);
  });
});
