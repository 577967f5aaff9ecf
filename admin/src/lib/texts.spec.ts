import { describe, expect, it } from '@jest/globals';
import { failedDelivery } from '../test/samples';
import { developerReport } from './developer-report';
import { jsonTokens, prettyJson } from './json-text';
import { dayName, duration, relativeTime, seconds } from './time';

describe('details for the developer', () => {
  it('hold ids, times and answers', () => {
    const { webhook, id, event_id, event, timeline } = failedDelivery();
    const text = developerReport({ url: webhook.url, deliveryId: id, eventId: event_id, event, attempts: timeline });
    expect(text).toContain('e1   (header webhook-id)');
    expect(text).toContain('2. 2026-01-22T10:32:00.000Z  503 Service Unavailable in 92 ms  down');
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

  it('are grouped by the day of the reader', () => {
    expect(dayName('2026-01-22T11:00:00.000Z', now)).toBe('Today');
    expect(dayName('2026-01-21T11:00:00.000Z', now)).toBe('Yesterday');
  });

  it('are short when they are durations', () => {
    expect([92, 1900, 10_000].map(duration)).toEqual(['92 ms', '1.9 s', '10 s']);
    expect([1_000, 2_500, 10_000].map(seconds)).toEqual(['1 second', '2.5 seconds', '10 seconds']);
  });
});
