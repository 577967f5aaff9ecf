import { describe, expect, it } from '@jest/globals';
import { judge, probeDelayMs } from './webhook-health.js';

const DAY = 86_400_000;

describe('the health of a webhook', () => {
  it.each([
    ['never failed', { failuresInARow: 0, failedDeliveriesInARow: 0, failingForMs: null, paused: false }, 'steady'],
    [
      '4 deliveries failed',
      { failuresInARow: 16, failedDeliveriesInARow: 4, failingForMs: 9 * DAY, paused: false },
      'steady',
    ],
    ['5 deliveries failed', { failuresInARow: 5, failedDeliveriesInARow: 5, failingForMs: 10, paused: false }, 'pause'],
    [
      '19 attempts failed over a minute',
      { failuresInARow: 19, failedDeliveriesInARow: 0, failingForMs: 60_000, paused: false },
      'steady',
    ],
    [
      '20 attempts failed over 29 s',
      { failuresInARow: 20, failedDeliveriesInARow: 0, failingForMs: 29_000, paused: false },
      'steady',
    ],
    [
      '20 attempts failed over 30 s',
      { failuresInARow: 20, failedDeliveriesInARow: 0, failingForMs: 30_000, paused: false },
      'pause',
    ],
    ['paused already', { failuresInARow: 40, failedDeliveriesInARow: 9, failingForMs: DAY, paused: true }, 'steady'],
    [
      'failing for 5 days',
      { failuresInARow: 20, failedDeliveriesInARow: 9, failingForMs: 5 * DAY, paused: true },
      'switch_off',
    ],
    [
      'failing for 5 days, never paused',
      { failuresInARow: 20, failedDeliveriesInARow: 0, failingForMs: 5 * DAY, paused: false },
      'switch_off',
    ],
    [
      'first failures after a long silence',
      { failuresInARow: 3, failedDeliveriesInARow: 1, failingForMs: 6 * DAY, paused: false },
      'steady',
    ],
  ] as const)('%s', (_name, facts, verdict) => {
    expect(judge(facts, 1)).toBe(verdict);
  });

  it('scales its times', () => {
    expect(judge({ failuresInARow: 20, failedDeliveriesInARow: 0, failingForMs: 30, paused: false }, 0.001)).toBe(
      'pause',
    );
  });

  it('is probed after 30 s, doubling to 30 min', () => {
    expect([0, 1, 2, 5, 6, 60].map((probes) => probeDelayMs(probes, 1) / 1000)).toEqual([30, 60, 120, 960, 1800, 1800]);
  });
});
