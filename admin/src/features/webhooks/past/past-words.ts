import type { RecoveryPlan } from '../../../api/types';

export function pastEvents(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'}`;
}

/** "24 hours", "7 days". */
export function inDays(days: number): string {
  return days === 1 ? '24 hours' : `${days} days`;
}

/** "about 9 seconds", at the maximum rate. */
export function takes({ count, per_second }: Pick<RecoveryPlan, 'count' | 'per_second'>): string {
  const seconds = Math.max(1, Math.ceil(count / per_second));
  if (seconds < 90) return `about ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `about ${Math.round(seconds / 60)} minutes`;
}

/** "3 by its conditions · 2 in its log already"; null when nothing is left out. */
export function pastLeftOut({ left_out: { webhook_off, purged, conditions, in_log } }: RecoveryPlan): string | null {
  const parts = [
    webhook_off > 0 ? `${webhook_off.toLocaleString('en')} because it is off` : null,
    conditions > 0 ? `${conditions.toLocaleString('en')} by its conditions` : null,
    in_log > 0 ? `${in_log.toLocaleString('en')} in its log already` : null,
    purged > 0 ? `${purged.toLocaleString('en')} erased` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(' · ') : null;
}
