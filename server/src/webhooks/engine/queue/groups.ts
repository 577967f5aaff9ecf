import type { Outcome } from '../send/outcome.js';
import type { AttemptRecord } from './attempt-record.js';
import type { ClaimRow } from './claim-sql.js';
import type { ClaimedDelivery } from './claimed-delivery.js';

/* Deliveries that one request carries: made of what was claimed, and taken apart again when it has ended. Pure. */

/** The attempts of groups, as one of each member. */
export function ofMembers(attempts: readonly AttemptRecord[]): Map<AttemptRecord, AttemptRecord[]> {
  const found = new Map<AttemptRecord, AttemptRecord[]>();
  for (const attempt of attempts) {
    const { group, deliveryId: lead } = attempt.delivery;
    if (!group) continue;
    // One keeps the answer, which is the same for all.
    const bare = withoutAnswer(attempt.outcome);
    const ofMember = (delivery: ClaimedDelivery) => {
      const outcome = delivery.deliveryId === lead ? attempt.outcome : bare;
      return { ...attempt, delivery, outcome, group: { id: group.id, lead } };
    };
    found.set(attempt, group.members.map(ofMember));
  }
  return found;
}

const withoutAnswer = (outcome: Outcome): Outcome => ({
  ...outcome,
  answer: outcome.answer && { ...outcome.answer, headers: {}, body: '' },
});

/** Of a group without the answer: it does not name the group, by which an erasure of a member would find it. */
export const asFenced = (record: AttemptRecord): AttemptRecord =>
  record.group ? { ...record, outcome: withoutAnswer(record.outcome) } : record;

/** Those of one group become one delivery. */
export function inGroups(deliveries: readonly ClaimedDelivery[], rows: readonly ClaimRow[]): ClaimedDelivery[] {
  const groupOf = new Map(rows.map((row) => [row.delivery_id, row.group_id ?? null]));
  const groups = new Map<string, ClaimedDelivery[]>();
  const found: ClaimedDelivery[] = [];
  for (const delivery of deliveries) {
    const id = groupOf.get(delivery.deliveryId);
    if (!id) found.push(delivery);
    else groups.set(id, [...(groups.get(id) ?? []), delivery]);
  }
  for (const [id, all] of groups) {
    const members = all.sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
    found.push({ ...members[0]!, group: { id, members } });
  }
  return found;
}
