import type { Attempt, DeliveryDetail } from '../../../api/types';

export type Step =
  | { kind: 'try'; attempt: Attempt; /** The plan has no more after it. */ lastAutomatic: boolean }
  | ({ kind: 'resent' } & DeliveryDetail['resends'][number]);

/** Tries and resends in chronological order. */
export function historyOf({ timeline, resends, max_attempts, status }: DeliveryDetail): Step[] {
  const steps: Step[] = [];
  const left = resends.toSorted((a, b) => a.at.localeCompare(b.at));
  // Tries since the plan last started, with the event or a resend.
  let counted = 0;
  for (const attempt of timeline) {
    while (left[0] && left[0].at <= attempt.started_at) {
      steps.push({ kind: 'resent', ...left.shift()! });
      counted = 0;
    }
    if (attempt.outcome !== 'interrupted') counted++;
    const failed = attempt.outcome !== 'succeeded' && attempt.outcome !== 'interrupted';
    const moreFollow = timeline.at(-1) === attempt && (status === 'waiting' || status === 'retrying');
    steps.push({ kind: 'try', attempt, lastAutomatic: failed && !moreFollow && counted === max_attempts });
  }
  return [...steps, ...left.map((resend): Step => ({ kind: 'resent', ...resend }))];
}

/** How long the event waited before the first try, as opposed to the receiver's time. */
export function waitBeforeFirstTry({
  created_at,
  timeline,
}: Pick<DeliveryDetail, 'created_at' | 'timeline'>): number | null {
  const [first] = timeline;
  return first?.n === 1 ? Math.max(0, Date.parse(first.started_at) - Date.parse(created_at)) : null;
}
