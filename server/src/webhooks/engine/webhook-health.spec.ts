import { describe, expect, it } from '@jest/globals';
import { judge, probeDelayMs, type HealthFacts, type HealthVerdict } from './webhook-health.js';

const DAY = 86_400_000;

describe('the health of a webhook', () => {
  const healthy: HealthFacts = {
    failures_in_a_row: 0,
    failing_for_ms: null,
    down_attempts: 0,
    down_for_ms: null,
    failed_deliveries_in_a_row: 0,
    paused: false,
  };
  /** Failures that are about the receiver. */
  const down = (attempts: number, forMs: number) => ({
    failures_in_a_row: attempts,
    failing_for_ms: forMs,
    down_attempts: attempts,
    down_for_ms: forMs,
  });

  it.each<[string, Partial<HealthFacts>, HealthVerdict]>([
    ['never failed', {}, 'steady'],
    ['4 deliveries failed', { ...down(16, 9 * DAY), failed_deliveries_in_a_row: 4 }, 'steady'],
    ['5 deliveries failed', { ...down(5, 10), failed_deliveries_in_a_row: 5 }, 'pause'],
    ['19 attempts failed over a minute', down(19, 60_000), 'steady'],
    ['20 attempts failed over 29 s', down(20, 29_000), 'steady'],
    ['20 attempts failed over 30 s', down(20, 30_000), 'pause'],
    ['100 messages were refused for days', { failures_in_a_row: 100, failing_for_ms: 2 * DAY }, 'steady'],
    [
      '20 attempts failed within a second, and messages were refused before',
      { ...down(20, 1_000), failures_in_a_row: 90, failing_for_ms: DAY },
      'steady',
    ],
    ['paused already', { ...down(40, DAY), failed_deliveries_in_a_row: 9, paused: true }, 'steady'],
    ['failing for 5 days', { ...down(20, 5 * DAY), failed_deliveries_in_a_row: 9, paused: true }, 'switch_off'],
    ['failing for 5 days, never paused', down(20, 5 * DAY), 'switch_off'],
    ['every message was refused for 5 days', { failures_in_a_row: 20, failing_for_ms: 5 * DAY }, 'switch_off'],
    ['first failures after a long silence', { ...down(3, 6 * DAY), failed_deliveries_in_a_row: 1 }, 'steady'],
  ])('%s', (_name, facts, verdict) => {
    expect(judge({ ...healthy, ...facts }, 1)).toBe(verdict);
  });

  it('scales its times', () => {
    expect(judge({ ...healthy, ...down(20, 30) }, 0.001)).toBe('pause');
  });

  it('is probed after 30 s, doubling to 30 min', () => {
    expect([0, 1, 2, 5, 6, 60].map((probes) => probeDelayMs(probes, 1) / 1000)).toEqual([30, 60, 120, 960, 1800, 1800]);
  });
});
