/** How a webhook fares, in one word; from bad to good it is off, paused, failing, some_problems, new, healthy. */
export const HEALTH_WORDS = ['new', 'healthy', 'some_problems', 'failing', 'paused', 'off'] as const;
export type HealthWord = (typeof HEALTH_WORDS)[number];

/** Attempts that must have failed in a row before a webhook counts as failing. */
const FAILING_AFTER = 5;

export interface HealthFacts {
  isActive: boolean;
  /** Set while deliveries wait for a probe to succeed. */
  pausedUntil: Date | null;
  /** Attempts that failed since the last success. */
  failuresInARow: number;
  /** null: no attempt was ever made. Tests do not count. */
  lastAttemptAt: Date | null;
  last24h: { failed: number; failedAttempts: number };
}

/** The word for the facts. The strongest one that applies wins. */
export function healthWord(facts: HealthFacts): HealthWord {
  if (!facts.isActive) return 'off';
  if (facts.pausedUntil !== null) return 'paused';
  if (facts.failuresInARow >= FAILING_AFTER) return 'failing';
  // A failure that is older than 24 h still counts while nothing succeeded after it: a delivery may be waiting for a retry a day away.
  if (facts.last24h.failed + facts.last24h.failedAttempts + facts.failuresInARow > 0) return 'some_problems';
  return facts.lastAttemptAt === null ? 'new' : 'healthy';
}
