import type { Webhook } from '../api/types';
import { offBecause } from '../copy';
import { atTime } from './time';

/** "Turned off by us on Thu 14:02, because …". @param person who did it, when known. */
export function offSentence({ off_reason, off_at }: Pick<Webhook, 'off_reason' | 'off_at'>, person?: string): string {
  const when = off_at ? ` ${atTime(off_at)}` : '';
  if (off_reason === null) return 'This webhook is off.';
  if (off_reason === 'person') return `Turned off by ${person ?? 'a person'}${when}.`;
  return `Turned off by us${when}, because ${offBecause[off_reason]}.`;
}
