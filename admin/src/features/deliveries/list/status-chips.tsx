import type { ReactNode } from 'react';
import type { DeliveryCounts, DeliveryStatus } from '../../../api/types';
import { deliveryStatuses } from '../../../copy';
import { StatusWord } from '../../../ui/status';
import { Strip } from '../../../ui/strip';
import { STATUSES, type ListSearch } from './filter';
import css from './status-chips.module.css';

interface StatusChipsProps {
  status: ListSearch['status'];
  counts: DeliveryCounts | undefined;
  /** The counts belong to the previous filter. */
  counting: boolean;
  onChange: (status: ListSearch['status']) => void;
  /** Other conditions, which go on in the row. */
  children: ReactNode;
}

/** The states with their numbers, one of which can be chosen. */
export function StatusChips({ status, counts, counting, onChange, children }: StatusChipsProps) {
  return (
    // The numbers make the chips wider.
    <Strip className={css.row} current={`${status} ${counts !== undefined}`}>
      <div className={css.states} role="group" aria-label="Status" aria-busy={counting}>
        <Chip pressed={!status} onClick={() => onChange(undefined)}>
          All <Count count={counts?.total} />
        </Chip>
        {STATUSES.filter((name) => isWorthAChip(name, status, counts)).map((name) => (
          <Chip
            key={name}
            pressed={status?.split(',').includes(name) ?? false}
            onClick={() => onChange(status === name ? undefined : name)}
            title={deliveryStatuses[name].meaning}
          >
            <StatusWord status={name} /> <Count count={counts?.[name]} />
          </Chip>
        ))}
      </div>
      {children}
    </Strip>
  );
}

/** What is chosen, and of the others those with deliveries. */
function isWorthAChip(name: DeliveryStatus, status: ListSearch['status'], counts: DeliveryCounts | undefined): boolean {
  return status?.split(',').includes(name) || (counts?.[name].count ?? 0) > 0;
}

interface ChipProps {
  pressed: boolean;
  onClick: () => void;
  title?: string;
  children: ReactNode;
}

function Chip({ pressed, onClick, title, children }: ChipProps) {
  return (
    <button type="button" className={css.chip} aria-pressed={pressed} onClick={onClick} title={title}>
      {children}
    </button>
  );
}

/** A count that has not loaded yet takes no extra width: the chips do not jump. */
function Count({ count }: { count: DeliveryCounts['total'] | undefined }) {
  if (!count || count.count === 0) return null;
  return (
    <span className={css.count}>
      {count.count.toLocaleString('en')}
      {count.capped ? '+' : ''}
    </span>
  );
}
