import type { Attempt, Reason } from '../api/types';
import { reasons } from '../copy';
import { duration, longDate, seconds } from './time';

type Known = Pick<Attempt, 'certificate_expired_at' | 'duration_ms'>;

/** The reason, with details of this try. */
export function sentenceOf(reason: Reason, attempt: Known | undefined): string {
  const { certificate_expired_at: ended, duration_ms: waited } = attempt ?? {};
  if (reason === 'tls_expired' && ended) return `Their site’s security certificate expired on ${longDate(ended)}.`;
  if (reason === 'timeout' && waited) return `They took longer than ${wholeSeconds(waited)}.`;
  return reasons[reason].sentence;
}

/** A try ends a moment after its limit, which is what to name. */
function wholeSeconds(ms: number): string {
  return ms < 1_000 ? duration(ms) : seconds(Math.floor(ms / 1_000) * 1_000);
}
