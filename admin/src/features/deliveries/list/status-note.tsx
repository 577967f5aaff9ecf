import type { Delivery } from '../../../api/types';
import { reasons } from '../../../copy';
import { clockTime } from '../../../lib/time';
import css from './delivery-table.module.css';

/** The second line under the status: the next step, or why it ended. */
export function StatusNote({ delivery, tries }: { delivery: Delivery; tries: number | undefined }) {
  if (delivery.status === 'retrying' && delivery.next_attempt_at) {
    // After a resend the retry plan starts again, while the attempt numbers continue.
    const which = tries && delivery.attempts < tries ? ` (${delivery.attempts + 1} of ${tries})` : '';
    return (
      <span className={css.note}>
        next try {clockTime(delivery.next_attempt_at)}
        {which}
      </span>
    );
  }
  if (delivery.status === 'failed' && delivery.reason) {
    const { sentence } = reasons[delivery.reason];
    return (
      <span className={css.note} title={sentence}>
        {sentence}
      </span>
    );
  }
  return null;
}
