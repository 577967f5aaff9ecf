import { describe, expect, it } from '@jest/globals';
import type { Reason } from '../api/types';
import { reasons } from '../copy';
import { failedDelivery, failingWebhook } from '../test/samples';
import { developerReport, inSecondPerson, developerAdvice } from './developer-report';
import { syncServerTime } from './server-clock';
import { jsonTokens, prettyJson } from './json-text';
import { dayName, duration, relativeTime, seconds, soon } from './time';

describe('details for the developer', () => {
  const url = 'https://hooks.payroll.example/bpoc';
  const link = 'https://app.example/x';

  it('of one delivery hold ids, times and answers', () => {
    const { id, event_id: eventId, event, timeline: attempts } = failedDelivery();
    const delivery = { id, eventId, event, attempts };
    const text = developerReport({ url, link, reason: 'down', responseStatus: 503, answer: 'Back at 10', delivery });
    expect(text).toContain('e1   (header webhook-id)');
    expect(text).toContain('2. 2026-01-22T10:32:00.000Z  503 Service Unavailable in 92 ms  down');
    expect(text).toContain('Your server answered:\n  Back at 10');
  });

  it('of a webhook speak to the developer: what is missing since when, and how it is tested', () => {
    const { not_delivered, failing_since } = failingWebhook;
    const webhook = { not_delivered, failing_since, paused_until: null };
    const text = developerReport({ url, link, reason: 'down', responseStatus: 503, answer: null, webhook });
    expect(text).toContain('Your server says it is down. (503 Service Unavailable)');
    expect(text).toContain('22 Jan 2026, 10:00 UTC');
    expect(text).toContain('Not delivered yet: 42 events');
    expect(text).toContain('We can send a test at any time');
    expect(text).toContain(link);
  });

  it('never say "they": the developer is the reader', () => {
    const said = (Object.keys(reasons) as Reason[]).flatMap((reason) => [
      inSecondPerson(reasons[reason].sentence),
      developerAdvice(reason),
    ]);
    expect(said.filter((text) => /\b(they|them|their)\b/i.test(text))).toEqual([]);
  });
});

describe('JSON as text', () => {
  it('is formatted, or left alone when it is not JSON', () => {
    expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(prettyJson('<html>')).toBeNull();
  });

  it('keeps every character when it is coloured', () => {
    const text = '{"a": "x: \\"1\\"", "b": [-1.5e3, true, null]}';
    expect(
      jsonTokens(text)
        .map((token) => token.text)
        .join(''),
    ).toBe(text);
    expect(jsonTokens(text).filter((token) => token.kind === 'key')).toHaveLength(2);
  });
});

describe('times', () => {
  const now = Date.parse('2026-01-22T12:00:00.000Z');

  it.each([
    ['2026-01-22T11:59:50.000Z', 'just now'],
    ['2026-01-22T11:58:00.000Z', '2 min ago'],
    ['2026-01-22T09:00:00.000Z', '3 h ago'],
    ['2026-01-20T12:00:00.000Z', '2 days ago'],
    ['2026-01-22T12:05:00.000Z', 'in 5 min'],
  ])('%s is %s', (iso, words) => {
    expect(relativeTime(iso, now)).toBe(words);
  });

  it('that have passed are not shown as planned', () => {
    expect(soon('2026-01-22T11:59:00.000Z', now)).toBe('in a moment');
    expect(soon('2026-01-22T12:05:00.000Z', now)).toMatch(/^at \d\d:\d\d$/);
  });

  it('are those of the server, whatever the clock of the reader says', () => {
    syncServerTime(new Date(now - 2 * 3_600_000).toUTCString(), now);
    expect(relativeTime(new Date(Date.now() - 2 * 3_600_000).toISOString())).toBe('just now');
    syncServerTime(new Date(now).toUTCString(), now);
    expect(relativeTime(new Date().toISOString())).toBe('just now');
  });

  it('are grouped by the day of the reader', () => {
    expect(dayName('2026-01-22T11:00:00.000Z', now)).toBe('Today');
    expect(dayName('2026-01-21T11:00:00.000Z', now)).toBe('Yesterday');
  });

  it('are short when they are durations', () => {
    expect([92, 1900, 10_000].map(duration)).toEqual(['92 ms', '1.9 s', '10 s']);
    expect([1_000, 2_500, 10_000].map(seconds)).toEqual(['1 second', '2.5 seconds', '10 seconds']);
  });
});
