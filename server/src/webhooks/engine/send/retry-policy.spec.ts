import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from './outcome.js';
import { decide, holdMs, retryAfterMs } from './retry-policy.js';
import { RETRY_DELAYS_MS, type RetryPlan } from '../../model/retry-plans.js';

const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 1 };
const failed = (more: Partial<Extract<Outcome, { kind: 'failed' }>> = {}): Outcome => ({
  kind: 'failed',
  reason: 'server_error',
  after: 'retry',
  detail: null,
  retryAfter: null,
  answer: null,
  reconnected: false,
  timing,
  ...more,
});
const situation = {
  plan: 'standard' as RetryPlan,
  failures: 0,
  interruptions: 0,
  held: null,
  nowMs: Date.parse('2026-01-22T10:00:00Z'),
  random: 0,
  delayScale: 1,
};

describe('the retry policy', () => {
  it.each([
    ['standard', 4, 36 * 60_000],
    ['day', 8, 36 * 60_000 + 27 * 3_600_000],
    ['three_days', 9, 36 * 60_000 + 72 * 3_600_000],
  ] as const)('plan %s makes %i attempts', (plan, attempts, total) => {
    expect(RETRY_DELAYS_MS[plan].length + 1).toBe(attempts);
    expect(RETRY_DELAYS_MS[plan].reduce((a, b) => a + b)).toBe(total);
  });

  it('retries after 1, 5 and 30 minutes and then gives up', () => {
    const delays = [0, 1, 2, 3].map((failures) => decide(failed(), { ...situation, failures }));
    expect(delays).toEqual([
      { kind: 'retry', delayMs: 60_000 },
      { kind: 'retry', delayMs: 300_000 },
      { kind: 'retry', delayMs: 1_800_000 },
      { kind: 'failed' },
    ]);
  });

  it('is never earlier than planned and at most a tenth later', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(2), (random, failures) => {
        const decision = decide(failed(), { ...situation, failures, random });
        const planned = RETRY_DELAYS_MS.standard[failures]!;
        return decision.kind === 'retry' && decision.delayMs >= planned && decision.delayMs <= planned * 1.1 + 1;
      }),
    );
  });

  it('ends at a blocked address and switches off at 410', () => {
    expect(decide(failed({ reason: 'blocked_address', after: 'final' }), situation)).toEqual({ kind: 'failed' });
    expect(decide(failed({ reason: 'gone', after: 'switch_off' }), situation)).toEqual({ kind: 'switch_off' });
  });

  it('retries after our own fault without using the plan, for at most 85 minutes', () => {
    const ours = failed({ reason: 'our_fault', after: 'again' });
    const after = (interruptions: number) => decide(ours, { ...situation, failures: 3, interruptions });
    const delays = Array.from({ length: 9 }, (_, interruptions) => after(interruptions));
    expect(delays).toEqual(
      [10, 20, 40, 80, 160, 320, 640, 1280, 2560].map((s) => ({ kind: 'again', delayMs: s * 1000 })),
    );
    expect(after(9)).toEqual({ kind: 'failed' });
  });

  it('waits as long as the receiver asked, never less than planned, at most 6 hours', () => {
    const delay = (retryAfter: string) => decide(failed({ reason: 'down', retryAfter }), situation);
    expect(delay('120')).toEqual({ kind: 'retry', delayMs: 120_000 });
    expect(delay('1')).toEqual({ kind: 'retry', delayMs: 60_000 });
    expect(delay('99999999')).toEqual({ kind: 'retry', delayMs: 6 * 3_600_000 });
    expect(delay('Thu, 22 Jan 2026 10:10:00 GMT')).toEqual({ kind: 'retry', delayMs: 600_000 });
  });

  describe('at 429', () => {
    const slowDown = (retryAfter: string | null = null) =>
      failed({ reason: 'rate_limited', after: 'hold', retryAfter });
    const hold = (outcome: Outcome, holds = 0) => holdMs(outcome, { ...situation, held: { holds, forMs: 0 } });
    const day = 24 * 3_600_000;

    it('holds the webhook as long as the receiver asked, at most 6 hours', () => {
      expect(hold(slowDown('1'))).toBe(1_000);
      expect(hold(slowDown('Thu, 22 Jan 2026 10:10:00 GMT'), 3)).toBe(600_000);
      expect(hold(slowDown('99999999'))).toBe(6 * 3_600_000);
    });

    it('holds it 30 s, doubling to 15 min, if it asked for nothing that can be waited for', () => {
      const holds = (retryAfter: string | null) =>
        [0, 1, 2, 4, 5, 60].map((n) => hold(slowDown(retryAfter), n)! / 1000);
      for (const header of [null, '', '0', 'soon', '-5']) expect(holds(header)).toEqual([30, 60, 120, 480, 900, 900]);
    });

    it('scales its own times, not those of the receiver', () => {
      const scaled = { ...situation, delayScale: 0.001 };
      expect([holdMs(slowDown(), scaled), holdMs(slowDown('2'), scaled)]).toEqual([30, 2_000]);
    });

    it('costs no try of the plan for 24 hours, then it is a failure that holds the webhook', () => {
      const after = (forMs: number, failures = 3) =>
        decide(slowDown('7200'), { ...situation, failures, held: { holds: 9, forMs } });
      expect(after(day - 1)).toEqual({ kind: 'hold', delayMs: 7_200_000 });
      expect(after(day)).toEqual({ kind: 'failed' });
      expect(after(day, 0)).toEqual({ kind: 'retry', delayMs: 7_200_000 });
      expect(hold(slowDown('7200'), 9)).toBe(7_200_000);
    });

    it('is the only answer that holds', () => {
      expect(hold(failed({ reason: 'down', retryAfter: '60' }))).toBeNull();
    });
  });

  it.each(['', '-5', 'soon', '1.5', 'NaN', '2', 'Thu, 22 Jan 2020 10:10:00 GMT'])(
    'takes no harm from Retry-After "%s"',
    (header) => {
      expect(retryAfterMs(header, situation.nowMs)).toBeLessThanOrEqual(2000);
      expect(decide(failed({ retryAfter: header }), situation)).toEqual({ kind: 'retry', delayMs: 60_000 });
    },
  );

  it.each([
    ['120, 60', 120_000],
    ['60,120', 120_000],
    ['Thu, 22 Jan 2026 10:31:00 GMT, 30', Date.parse('2026-01-22T10:31:00Z')],
    ['30, Thursday, 22-Jan-26 10:31:00 GMT', Date.parse('2026-01-22T10:31:00Z')],
    ['soon, 30', 30_000],
  ])('of a Retry-After that came twice (%s) counts the longest', (header, at) => {
    const nowMs = Date.parse('2026-01-22T10:30:00Z');
    expect(retryAfterMs(header, nowMs)).toBe(at > nowMs ? at - nowMs : at);
  });
});
