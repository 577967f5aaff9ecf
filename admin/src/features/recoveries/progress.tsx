import type { Recovery } from '../../api/types';
import { IconCheck, IconClock, IconCross } from '../../ui/icons';
import { TextLink } from '../../ui/link';
import { handled, outcomes, stateWords } from './recovery-words';
import css from './recoveries.module.css';

/** The progress of a recovery and the results of its deliveries, with links to them. */
export function Progress({ recovery }: { recovery: Recovery }) {
  const { total, delivered, waiting, failed } = outcomes(recovery);
  const number = (count: number) => count.toLocaleString('en');
  const listed = (status: string) => ({ recovery_id: recovery.id, status });
  return (
    <div className={css.progress}>
      <span className={css.state} role="status">
        {stateWords(recovery)}
      </span>
      <progress
        className={css.bar}
        max={Math.max(1, recovery.count)}
        value={recovery.status === 'done' ? Math.max(1, recovery.count) : handled(recovery)}
        aria-label="Deliveries sent again"
      />
      <span className={css.answers}>
        <span data-tone="ok">
          <IconCheck size={14} />
          <TextLink to="/recruiter/api/deliveries" search={listed('delivered')}>
            {number(delivered)} of {number(total)} delivered
          </TextLink>
        </span>
        {waiting > 0 ? (
          <span>
            <IconClock size={14} />
            <TextLink to="/recruiter/api/deliveries" search={listed('waiting,retrying')}>
              {number(waiting)} waiting{recovery.paused ? ' (paused)' : ''}
            </TextLink>
          </span>
        ) : null}
        {failed > 0 ? (
          <span data-tone="bad">
            <IconCross size={14} />
            <TextLink to="/recruiter/api/deliveries" search={listed('failed')}>
              {number(failed)} failed
            </TextLink>
          </span>
        ) : null}
      </span>
    </div>
  );
}
