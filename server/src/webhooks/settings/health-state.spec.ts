import { describe, expect, it } from '@jest/globals';
import { healthOf, type HealthFacts } from './health-state.js';

const LATER = '2026-01-22T10:30:00.000Z';
const healthy: HealthFacts = {
  is_active: true,
  paused_until: null,
  held_until: null,
  failures_in_a_row: 0,
  last_delivery: {},
  last_24h: { failed: 0, failed_attempts: 0 },
};
const word = (facts: Partial<HealthFacts>) => healthOf({ ...healthy, ...facts });

describe('the health of a webhook', () => {
  it('is new until the first attempt', () => {
    expect(word({ last_delivery: null })).toBe('new');
  });

  it('is healthy when nothing failed within 24 hours', () => {
    expect(word({})).toBe('healthy');
  });

  it('is some problems when a delivery failed, or an attempt failed and is retried', () => {
    expect(word({ last_24h: { failed: 1, failed_attempts: 0 } })).toBe('some_problems');
    expect(word({ last_24h: { failed: 0, failed_attempts: 1 } })).toBe('some_problems');
  });

  it('is some problems when the last attempt failed, at any time', () => {
    expect(word({ failures_in_a_row: 1 })).toBe('some_problems');
  });

  it('is failing from the fifth failure in a row on', () => {
    expect(word({ failures_in_a_row: 4 })).toBe('some_problems');
    expect(word({ failures_in_a_row: 5 })).toBe('failing');
  });

  it('is slowed down while its receiver asks to wait, unless it is worse', () => {
    expect(word({ held_until: LATER, failures_in_a_row: 4, last_24h: { failed: 1, failed_attempts: 1 } })).toBe(
      'slowed_down',
    );
    expect(word({ held_until: LATER, failures_in_a_row: 5 })).toBe('failing');
    expect(word({ held_until: LATER, paused_until: LATER })).toBe('paused');
  });

  it('is paused while deliveries wait for a probe, whatever the failures', () => {
    expect(word({ failures_in_a_row: 20, paused_until: LATER })).toBe('paused');
  });

  it('is off, whatever else applies', () => {
    expect(word({ is_active: false, paused_until: LATER, failures_in_a_row: 20, last_delivery: null })).toBe('off');
  });
});
