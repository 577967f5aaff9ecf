import type { Recovery, RecoveryPlan } from '../../api/types';
import { serverNow } from '../../lib/server-clock';

export function deliveries(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'delivery' : 'deliveries'}`;
}

/** "about 9 seconds": how long it takes at the maximum rate. */
export function takesAbout({ count, per_second }: Pick<RecoveryPlan, 'count' | 'per_second'>): string {
  const seconds = Math.max(1, Math.ceil(count / per_second));
  if (seconds < 90) return `about ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `about ${Math.round(seconds / 60)} minutes`;
}

/**
 * "2 whose webhook is off · 1 whose message was erased"; null when everything that matches can be sent.
 * @param chosen how many were selected one by one.
 */
export function leftOut({ count, left_out: { webhook_off, purged } }: RecoveryPlan, chosen = 0): string | null {
  const unneeded = chosen - count - webhook_off - purged;
  const parts = [
    unneeded > 0 ? `${unneeded.toLocaleString('en')} delivered, on the way or cancelled` : null,
    webhook_off > 0 ? `${webhook_off.toLocaleString('en')} whose webhook is off or deleted` : null,
    purged > 0 ? `${purged.toLocaleString('en')} whose message was erased` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(' · ') : null;
}

/** How many of the plan were processed (sent or skipped). */
export function handled({ resent, passed_over }: Recovery): number {
  return resent + passed_over;
}

/** Whether `begins_at` has passed, by the server's clock as far as it is known. */
export function hasBegun(recovery: Recovery): boolean {
  const { begins_at, status } = recovery;
  return status !== 'running' || handled(recovery) > 0 || begins_at === null || Date.parse(begins_at) <= serverNow();
}

/** Stopped before it began. */
export function wasUndone({ status, begins_at, finished_at, resent, passed_over }: Recovery): boolean {
  if (status !== 'stopped' || resent + passed_over > 0 || !begins_at || !finished_at) return false;
  return finished_at <= begins_at;
}

/** The results of resent deliveries; while it runs, also those still to be sent. */
export function outcomes(recovery: Recovery) {
  const { count, resent, passed_over, delivered, retrying } = recovery;
  const total = recovery.status === 'running' ? count - passed_over : resent;
  const failed = recovery.failed - retrying;
  return { total, delivered, failed, waiting: Math.max(0, total - delivered - failed) };
}

const sent = ({ webhook_id }: Recovery) => (webhook_id === null ? 'Sent again.' : 'Sent.');

/** The state in words; "Done" once all deliveries are settled. */
export function stateWords(recovery: Recovery): string {
  if (recovery.status === 'running') {
    const what = recovery.webhook_id === null ? 'Resending' : 'Sending past events';
    return `${what}: ${handled(recovery).toLocaleString('en')} of ${deliveries(recovery.count)}`;
  }
  const passed = recovery.passed_over > 0 ? ` ${recovery.passed_over.toLocaleString('en')} no longer needed it.` : '';
  if (recovery.status === 'stopped') return `Stopped.${passed}`;
  return `${outcomes(recovery).waiting > 0 ? sent(recovery) : 'Done.'}${passed}`;
}
