import type { Recovery, RecoveryPlan } from '../../api/types';

export function deliveries(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'delivery' : 'deliveries'}`;
}

/** "about 9 seconds": how long handing them over takes at the most it may do in a second. */
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

/** How many of the plan were processed, sent or skipped. */
export function handled({ resent, passed_over }: Recovery): number {
  return resent + passed_over;
}

export function stateWords(recovery: Recovery): string {
  const passed = recovery.passed_over > 0 ? ` ${recovery.passed_over.toLocaleString('en')} no longer needed it.` : '';
  if (recovery.finished_at === null) {
    return `Resending: ${handled(recovery).toLocaleString('en')} of ${deliveries(recovery.count)}`;
  }
  const waiting = recovery.resent - recovery.delivered - recovery.failed;
  if (recovery.status === 'done' && waiting > 0) {
    const arrived = `${recovery.delivered.toLocaleString('en')} of ${deliveries(recovery.resent)} arrived`;
    return `${arrived}, ${waiting.toLocaleString('en')} still waiting.${passed}`;
  }
  const how = recovery.status === 'stopped' ? 'Stopped' : 'Done';
  return `${how}. ${deliveries(recovery.resent)} sent again.${passed}`;
}
