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
  /** Other conditions, shown in the same row. */
  children: ReactNode;
}

/** The states with their counts; one can be selected. */
export function StatusChips({ status, counts, counting, onChange, children }: StatusChipsProps) {
  return (
    // Counts change the width of the chips.
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

/** The selected state and those that have deliveries. */
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

/** The count; while it loads it takes no extra width, so that the chips do not jump. */
function Count({ count }: { count: DeliveryCounts['total'] | undefined }) {
  if (!count || count.count === 0) return null;
  return (
    <span className={css.count}>
      {count.count.toLocaleString('en')}
      {count.capped ? '+' : ''}
    </span>
  );
}
