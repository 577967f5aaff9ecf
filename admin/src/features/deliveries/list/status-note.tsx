import type { Delivery } from '../../../api/types';
import { reasonWords } from '../../../lib/failure-sentence';
import { nextTry, pausedWords, type Plan } from '../use-plans';
import css from './delivery-table.module.css';

/** Next to the answer: the next step, or why there is none. */
export function StatusNote({ delivery, plan }: { delivery: Delivery; plan: Plan | undefined }) {
  const note = noteOf(delivery, plan);
  return note === null ? null : (
    <span className={css.note} title={note}>
      {note}
    </span>
  );
}

function noteOf(delivery: Delivery, plan: Plan | undefined): string | null {
  const { status, reason, webhook } = delivery;
  if ((status === 'waiting' || status === 'retrying') && plan?.pausedUntil) return pausedWords(plan);
  if (status === 'retrying') return `next try ${nextTry(delivery, plan)}`;
  return status === 'failed' && reason ? reasonWords(reason, webhook).sentence : null;
}
