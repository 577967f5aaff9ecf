import type { WebhookProblem } from '../../../api/types';
import { clockTime } from '../../../lib/time';
import css from './problems-card.module.css';

/** Who handles the problem, and whether it is muted. */
export function OnItLine({ problem }: { problem: WebhookProblem | undefined }) {
  const on = problem?.acknowledged;
  const muted = problem?.muted;
  if (!on && !muted) return null;
  return (
    <p className={css.onIt}>
      {on ? `On it: ${on.by}, since ${clockTime(on.at)}.${on.note ? ` “${on.note}”` : ''}` : null}
      {muted ? ` Muted by ${muted.by}.` : null}
    </p>
  );
}
