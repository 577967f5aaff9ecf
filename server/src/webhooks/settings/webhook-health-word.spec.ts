import { describe, expect, it } from '@jest/globals';
import { healthWord, type HealthFacts } from './webhook-health-word.js';

const healthy: HealthFacts = {
  isActive: true,
  isPaused: false,
  isHeld: false,
  failuresInARow: 0,
  wasTried: true,
  last24h: { failed: 0, failed_attempts: 0 },
};
const word = (facts: Partial<HealthFacts>) => healthWord({ ...healthy, ...facts });

describe('the health word of a webhook', () => {
  it('is new until the first attempt', () => {
    expect(word({ wasTried: false })).toBe('new');
  });

  it('is healthy when nothing failed within 24 hours', () => {
    expect(word({})).toBe('healthy');
  });

  it('is some problems when a delivery failed, or an attempt failed and is retried', () => {
    expect(word({ last24h: { failed: 1, failed_attempts: 0 } })).toBe('some_problems');
    expect(word({ last24h: { failed: 0, failed_attempts: 1 } })).toBe('some_problems');
  });

  it('is some problems when the last attempt failed, at any time', () => {
    expect(word({ failuresInARow: 1 })).toBe('some_problems');
  });

  it('is failing from the fifth failure in a row on', () => {
    expect(word({ failuresInARow: 4 })).toBe('some_problems');
    expect(word({ failuresInARow: 5 })).toBe('failing');
  });

  it('is slowed down while its receiver asks to wait, unless it is worse', () => {
    expect(word({ isHeld: true, failuresInARow: 4, last24h: { failed: 1, failed_attempts: 1 } })).toBe('slowed_down');
    expect(word({ isHeld: true, failuresInARow: 5 })).toBe('failing');
    expect(word({ isHeld: true, isPaused: true })).toBe('paused');
  });

  it('is paused while deliveries wait for a probe, whatever the failures', () => {
    expect(word({ failuresInARow: 20, isPaused: true })).toBe('paused');
  });

  it('is off, whatever else applies', () => {
    expect(word({ isActive: false, isPaused: true, failuresInARow: 20, wasTried: false })).toBe('off');
  });
});
