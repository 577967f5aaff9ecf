import type { Webhook } from '../api/types';
import { offBecause } from '../copy';
import { isTool, reasonWords } from './failure-sentence';
import { atTime } from './time';

/** "Turned off by us on Thu 14:02, because …". @param person who did it, when known. */
export function offSentence(webhook: Pick<Webhook, 'off_reason' | 'off_at' | 'kind' | 'url'>, person?: string): string {
  const { off_reason, off_at, kind } = webhook;
  const when = off_at ? ` ${atTime(off_at)}` : '';
  if (off_reason === null) return 'This webhook is off.';
  if (off_reason === 'person') return `Turned off by ${person ?? 'a person'}${when}.`;
  if (off_reason === 'target_gone' && isTool(kind)) {
    return `Turned off by us${when}. ${reasonWords(off_reason, webhook).sentence}`;
  }
  return `Turned off by us${when}, because ${offBecause[off_reason]}.`;
}
