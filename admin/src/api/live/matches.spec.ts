import { describe, expect, it } from '@jest/globals';
import type { DeliveryFilter } from '../deliveries';
import { matches, timeOf } from './matches';
import type { LiveDelivery } from './messages';

/** Its id says 22 January 2026, 10:30 UTC. */
const live: LiveDelivery = {
  id: '019be540-fc40-7000-8000-000000000000',
  webhook_id: 'w1',
  event: 'application.created',
  status: 'failed',
  response_status: 503,
  reason: 'down',
  attempts: 4,
  next_attempt_at: null,
  duration_ms: 92,
  test: false,
};

describe('a delivery of the stream', () => {
  it('says by its id when it was made', () => {
    expect(new Date(timeOf(live.id)).toISOString()).toBe('2026-01-22T10:30:00.000Z');
  });

  const fitting: DeliveryFilter[] = [
    {},
    { status: ['failed', 'retrying'] },
    { webhook_id: 'w1', reason: 'down' },
    { event: 'application.*' },
    { event: 'application.created' },
    { response: '5xx' },
    { response: '503' },
    { from: '2026-01-22T10:30:00.000Z', to: '2026-01-22T10:31:00.000Z' },
    { test: 'any' },
  ];

  it.each(fitting)('is counted for %j', (filter) => {
    expect(matches(filter, live)).toBe(true);
  });

  const others: DeliveryFilter[] = [
    { status: ['delivered'] },
    { webhook_id: 'w2' },
    { reason: 'timeout' },
    { event: 'application' },
    { event: 'offer.*' },
    { response: '4xx' },
    { response: '500' },
    { response: 'none' },
    { from: '2026-01-22T10:30:00.001Z' },
    { to: '2026-01-22T10:30:00.000Z' },
    { test: 'true' },
    { q: 'A-1042' },
  ];

  it.each(others)('is not counted for %j', (filter) => {
    expect(matches(filter, live)).toBe(false);
  });

  it('without an answer counts as such once it was tried', () => {
    expect(matches({ response: 'none' }, { ...live, response_status: null })).toBe(true);
    expect(matches({ response: 'none' }, { ...live, response_status: null, attempts: 0 })).toBe(false);
  });
});
