/** Health of a webhook. From bad to good: off, paused, failing, slowed_down, some_problems, new, healthy. */
export const HEALTH_STATES = ['new', 'healthy', 'some_problems', 'slowed_down', 'failing', 'paused', 'off'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** Consecutive failed attempts before a webhook counts as failing. */
const FAILING_AFTER = 5;

/** Fields of a webhook as the API shows them. */
export interface HealthFacts {
  is_active: boolean;
  paused_until: string | null;
  held_until: string | null;
  failures_in_a_row: number;
  last_delivery: object | null;
  last_24h: { failed: number; failed_attempts: number };
}

/** The worst state that applies. */
export function healthOf(webhook: HealthFacts): HealthState {
  const { failures_in_a_row: failures, last_24h: day } = webhook;
  if (!webhook.is_active) return 'off';
  if (webhook.paused_until !== null) return 'paused';
  if (failures >= FAILING_AFTER) return 'failing';
  if (webhook.held_until !== null) return 'slowed_down';
  // A failure older than 24 hours counts until the next success: a delivery may wait a day for its retry.
  if (day.failed + day.failed_attempts + failures > 0) return 'some_problems';
  return webhook.last_delivery ? 'healthy' : 'new';
}
