import type { EventRecipient, RecipientResult } from '../api/types';
import { unmetWords } from './condition-words';
import { webhookName } from './webhook-name';

/** Why webhooks have no delivery of an event, for one and for several webhooks. `told` always has one. */
const WHY: Record<Exclude<RecipientResult, 'told' | 'conditions'>, [one: string, several: string]> = {
  not_subscribed: ['is not subscribed', 'are not subscribed'],
  off: ['was off', 'were off'],
  deleted: ['was deleted before', 'were deleted before'],
  created_later: ['was added later', 'were added later'],
  subscribed_later: ['was not yet subscribed', 'were not yet subscribed'],
};

interface NonRecipientGroup {
  /** "8 are not subscribed". */
  words: string;
  names: string[];
}

/** The webhooks that did not get an event, by reason, largest group last. */
export function nonRecipientGroups(recipients: readonly EventRecipient[]): NonRecipientGroup[] {
  const groups = new Map<string, EventRecipient[]>();
  for (const recipient of recipients) {
    if (recipient.delivery) continue;
    const key = unmetWords(recipient) ?? recipient.result;
    groups.set(key, [...(groups.get(key) ?? []), recipient]);
  }
  return [...groups.values()]
    .toSorted((a, b) => a.length - b.length)
    .map((group) => ({ words: wordsOf(group), names: group.map(({ webhook }) => webhookName(webhook)) }));
}

function wordsOf(group: readonly EventRecipient[]): string {
  const { result } = group[0]!;
  const unmet = unmetWords(group[0]!);
  const count = group.length;
  if (unmet) return `${count} did not match: ${unmet}`;
  if (result === 'conditions') return `${count} did not match`;
  const [one, several] = WHY[result === 'told' ? 'off' : result];
  return `${count} ${count === 1 ? one : several}`;
}
