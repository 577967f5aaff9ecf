import type { Outcome } from '../send/outcome.js';
import type { AttemptRecord } from './attempt-record.js';
import type { ClaimRow } from './claim-sql.js';
import type { ClaimedDelivery } from './claimed-delivery.js';

/* Groups of deliveries that one request carries: formed after the claim, and taken apart when it has ended. Pure. */

/** The attempts of each member, by the attempt of their group. */
export function ofMembers(attempts: readonly AttemptRecord[]): Map<AttemptRecord, AttemptRecord[]> {
  const found = new Map<AttemptRecord, AttemptRecord[]>();
  for (const attempt of attempts) {
    const { group, deliveryId: lead } = attempt.delivery;
    if (!group) continue;
    // Only one of them keeps the answer, which is the same for all.
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

/** Members of a group without the answer: fenced attempts lack the group id by which an erasure would find it. */
export const asFenced = (record: AttemptRecord): AttemptRecord =>
  record.group ? { ...record, outcome: withoutAnswer(record.outcome) } : record;

/** Makes one delivery of those of a group. */
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
