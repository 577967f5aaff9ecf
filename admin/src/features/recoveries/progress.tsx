import type { Recovery } from '../../api/types';
import { IconCheck, IconCross } from '../../ui/icons';
import { handled, stateWords } from './recovery-words';
import css from './recoveries.module.css';

/** How far a recovery has come, and what the receivers answered so far. */
export function Progress({ recovery }: { recovery: Recovery }) {
  return (
    <div className={css.progress}>
      <span className={css.state}>{stateWords(recovery)}</span>
      <progress
        className={css.bar}
        max={Math.max(1, recovery.count)}
        value={recovery.status === 'done' ? Math.max(1, recovery.count) : handled(recovery)}
        aria-label="Deliveries sent again"
      />
      <span className={css.answers}>
        <span data-tone="ok">
          <IconCheck size={14} /> {recovery.delivered.toLocaleString('en')} delivered
        </span>
        {recovery.failed > 0 ? (
          <span data-tone="bad">
            <IconCross size={14} /> {recovery.failed.toLocaleString('en')} failed again
          </span>
        ) : null}
      </span>
    </div>
  );
}
