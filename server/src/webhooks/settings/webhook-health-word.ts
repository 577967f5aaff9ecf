/** Health of a webhook. From bad to good: off, paused, failing, slowed_down, some_problems, new, healthy. */
export const HEALTH_WORDS = ['new', 'healthy', 'some_problems', 'slowed_down', 'failing', 'paused', 'off'] as const;
export type HealthWord = (typeof HEALTH_WORDS)[number];

/** Consecutive failed attempts before a webhook counts as failing. */
const FAILING_AFTER = 5;

export interface HealthFacts {
  isActive: boolean;
  /** Deliveries wait for a probe to succeed. */
  isPaused: boolean;
  /** Its receiver asked to wait. */
  isHeld: boolean;
  /** Failed attempts since the last success. */
  failuresInARow: number;
  /** Tests do not count. */
  wasTried: boolean;
  last24h: { failed: number; failed_attempts: number };
}

/** The worst word that applies. */
export function healthWord(facts: HealthFacts): HealthWord {
  if (!facts.isActive) return 'off';
  if (facts.isPaused) return 'paused';
  if (facts.failuresInARow >= FAILING_AFTER) return 'failing';
  if (facts.isHeld) return 'slowed_down';
  // A failure older than 24 h counts until a success follows: a delivery may wait a day for its retry.
  if (facts.last24h.failed + facts.last24h.failed_attempts + facts.failuresInARow > 0) return 'some_problems';
  return facts.wasTried ? 'healthy' : 'new';
}
