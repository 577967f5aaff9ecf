import { describe, expect, it } from '@jest/globals';
import { isTimeZone, opensAt, phaseAt, type Schedule } from './schedule.js';

const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null || !Number.isFinite(ms) ? ms : new Date(ms).toISOString().slice(0, 16));
const phase = (schedule: Schedule, now: string) => {
  const { cutoffMs, untilMs } = phaseAt(schedule, at(now));
  return [iso(cutoffMs), iso(untilMs)];
};
const night = (time_zone: string) => ({ from: '22:00', to: '08:00', time_zone });
const each = (time_zone: string): Schedule => ({ group: 'each', quiet: night(time_zone) });

describe('a schedule', () => {
  it('lets everything out at once without quiet hours', () => {
    expect(phaseAt({ group: 'each', quiet: null }, 0)).toEqual({ cutoffMs: Infinity, untilMs: null });
  });

  it.each([
    // In Manila, which is 8 hours ahead, night begins at 14:00 UTC.
    ['Asia/Manila', '2026-01-22T13:59:59Z', Infinity, '2026-01-22T14:00'],
    ['Asia/Manila', '2026-01-22T14:00:00Z', -Infinity, '2026-01-23T00:00'],
    ['Asia/Manila', '2026-01-22T23:59:59Z', -Infinity, '2026-01-23T00:00'],
    ['Asia/Manila', '2026-01-23T00:00:00Z', Infinity, '2026-01-23T14:00'],
    ['Asia/Kolkata', '2026-01-22T16:30:00Z', -Infinity, '2026-01-23T02:30'],
    // Clocks go forward in the night of 29 March 2026, back in that of 25 October.
    ['Europe/Berlin', '2026-03-28T21:00:00Z', -Infinity, '2026-03-29T06:00'],
    ['Europe/Berlin', '2026-10-24T20:00:00Z', -Infinity, '2026-10-25T07:00'],
    ['America/New_York', '2026-03-08T04:00:00Z', -Infinity, '2026-03-08T12:00'],
  ])('is quiet at night in %s at %s: %s', (zone, now, cutoff, until) => {
    expect(phase(each(zone), now)).toEqual([cutoff, until]);
  });

  it('takes a time that the clocks skip for the moment of the change, and the first of two', () => {
    const quiet = { from: '20:00', to: '02:30', time_zone: 'Europe/Berlin' };
    expect(phase({ group: 'each', quiet }, '2026-03-28T23:00:00Z')[1]).toBe('2026-03-29T01:00');
    expect(phase({ group: 'each', quiet }, '2026-10-24T23:00:00Z')[1]).toBe('2026-10-25T00:30');
  });

  it('of quiet hours within a day', () => {
    const quiet = { from: '12:00', to: '13:00', time_zone: 'UTC' };
    expect(phase({ group: 'each', quiet }, '2026-01-22T12:30:00Z')).toEqual([-Infinity, '2026-01-22T13:00']);
    expect(phase({ group: 'each', quiet }, '2026-01-22T13:00:00Z')).toEqual([Infinity, '2026-01-23T12:00']);
  });

  it('of an hour lets out what waited at the full hour, and at the end of quiet hours', () => {
    const hourly: Schedule = { group: 'hourly', quiet: null };
    expect(phase(hourly, '2026-01-22T10:20:00Z')).toEqual(['2026-01-22T10:00', '2026-01-22T11:00']);
    const half = { from: '22:00', to: '07:30', time_zone: 'UTC' };
    const early: Schedule = { group: 'hourly', quiet: half };
    expect(phase(early, '2026-01-22T07:40:00Z')).toEqual(['2026-01-22T07:30', '2026-01-22T08:00']);
    expect(phase(early, '2026-01-22T21:40:00Z')).toEqual(['2026-01-22T21:00', '2026-01-22T22:00']);
  });

  it('of a day lets out what waited at 09:00 UTC, or at the end of quiet hours', () => {
    expect(phase({ group: 'daily', quiet: null }, '2026-01-22T08:59:00Z')).toEqual([
      '2026-01-21T09:00',
      '2026-01-22T09:00',
    ]);
    const daily: Schedule = { group: 'daily', quiet: night('Europe/Berlin') };
    // 23 and 25 hours.
    expect(phase(daily, '2026-03-29T06:00:00Z')[0]).toBe('2026-03-29T06:00');
    expect(iso(opensAt(daily, at('2026-03-28T07:00:01Z'), at('2026-03-28T07:00:01Z')))).toBe('2026-03-29T06:00');
    expect(iso(opensAt(daily, at('2026-10-24T06:00:01Z'), at('2026-10-24T06:00:01Z')))).toBe('2026-10-25T07:00');
  });

  it('says when something may go out', () => {
    const hourly: Schedule = { group: 'hourly', quiet: night('UTC') };
    const opens = (since: string, now: string) => iso(opensAt(hourly, at(since), at(now)));
    expect(opens('2026-01-22T10:20:00Z', '2026-01-22T10:21:00Z')).toBe('2026-01-22T11:00');
    expect(opens('2026-01-22T21:20:00Z', '2026-01-22T21:21:00Z')).toBe('2026-01-23T08:00');
    expect(opens('2026-01-22T10:20:00Z', '2026-01-22T11:05:00Z')).toBe('2026-01-22T11:05');
  });

  it('always ends a phase later, whatever the zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      expect(isTimeZone(zone)).toBe(true);
      for (const now of ['2026-03-29T00:59:59.999Z', '2026-10-25T01:00:00Z']) {
        expect(phaseAt(each(zone), at(now)).untilMs).toBeGreaterThan(at(now));
      }
    }
    expect(isTimeZone('Europe/Nowhere')).toBe(false);
  });
});
