import { describe, expect, it } from '@jest/globals';
import { failingWebhook, webhook } from '../../../test/samples';
import { attentionOf, needAttention } from './attention';

const since = new Date(Date.now() - 3_600_000).toISOString();
const next = (more: Parameters<typeof webhook>[0]) => attentionOf({ ...failingWebhook, failing_since: since, ...more });

describe('what happens next automatically', () => {
  it('names the switch-off of a failing webhook before it happens, and what it takes', () => {
    expect(next({ failures_in_a_row: 14 })?.next).toEqual([
      expect.stringMatching(/^14 failed tries in a row since (\w+ )?\d\d:\d\d\.$/),
      expect.stringMatching(/^We turn it off on .* at .* if 20 tries have failed by then\.$/),
    ]);
    expect(next({ failures_in_a_row: 20 })?.next.at(-1)).toMatch(/^We turn it off on .* if it still fails\.$/);
  });

  it('names the next try and the switch-off of a paused one', () => {
    const paused_until = new Date(Date.now() + 600_000).toISOString();
    expect(next({ health: 'paused', paused_until, failures_in_a_row: 7 })?.next).toEqual([
      expect.stringMatching(/^7 failed tries in a row since /),
      expect.stringMatching(/^Paused\. We test it (at|on \w+ at) \d\d:\d\d\.$/),
      expect.stringMatching(/^We turn it off on .* if it still fails\.$/),
    ]);
  });

  it('shows no time that has passed', () => {
    const paused_until = new Date(Date.now() - 60_000).toISOString();
    expect(next({ health: 'paused', paused_until })?.next).toContain('Paused. We test it in a moment.');
  });

  it('does not announce it for one with few failures', () => {
    expect(next({ health: 'some_problems', failures_in_a_row: 2 })?.next).toHaveLength(1);
  });
});

describe('a webhook that is held', () => {
  it('is said to wait until then, with nothing to do', () => {
    const held_until = new Date(2026, 0, 22, 14, 45).toISOString();
    const said = attentionOf(webhook({ health: 'slowed_down', held_until }));
    expect(said?.what).toMatch(/^Slowed down: their server asked us to wait until .*14:45\.$/);
    expect(said).toMatchObject({ tone: 'warn', technical: '429 Too Many Requests', next: [] });
    expect(said?.help).toMatch(/no tries are used up\.$/);
  });
});

describe('the list of those that need attention', () => {
  it('has those that we turned off first, with date and reason, and not those that a person did', () => {
    const off = { health: 'off' as const, is_active: false, off_at: '2026-01-22T10:30:00.000Z' };
    const found = needAttention([
      failingWebhook,
      webhook({ id: 'w2', ...off, off_reason: 'gone' }),
      webhook({ id: 'w3', ...off, off_reason: 'person' }),
      webhook({ id: 'w4' }),
    ]);
    expect(found.map((item) => item.webhook.id)).toEqual(['w2', 'w1']);
    expect(found[0]?.what).toMatch(
      /^Turned off by us on 22 Jan.*, because their server asked us to stop sending \(410\)\.$/,
    );
  });

  it('has those that work again while something did not arrive, and not those where all of it did', () => {
    const again = (count: number) =>
      attentionOf({
        ...failingWebhook,
        health: 'some_problems',
        failures_in_a_row: 0,
        not_delivered: { count, capped: false, since: null },
      });
    expect(again(2)?.what).toBe('It works again. 2 deliveries did not arrive.');
    expect(again(0)).toBeNull();
  });
});
