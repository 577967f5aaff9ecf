import { reasons } from '../../../copy';
import type { Reason } from '../../../api/types';
import { clockTime } from '../../../lib/time';
import { IconCross } from '../../../ui/icons';
import type { ListSearch } from './filter';
import css from './delivery-filters.module.css';

interface ExtraFiltersProps {
  search: ListSearch;
  onChange: (change: ListSearch) => void;
}

/** Conditions that come with a link (a reason, an hour of a chart): shown, and removable one by one. */
export function ExtraFilters({ search, onChange }: ExtraFiltersProps) {
  const { reason, from, to } = search;
  return (
    <>
      {reason ? (
        <Condition onRemove={() => onChange({ reason: undefined })}>
          {Object.hasOwn(reasons, reason) ? reasons[reason as Reason].sentence : reason}
        </Condition>
      ) : null}
      {from || to ? (
        <Condition onRemove={() => onChange({ from: undefined, to: undefined })}>{stretchWords(from, to)}</Condition>
      ) : null}
    </>
  );
}

function Condition({ onRemove, children }: { onRemove: () => void; children: string }) {
  return (
    <button type="button" className={css.condition} onClick={onRemove} aria-label={`Remove the condition: ${children}`}>
      <span>{children}</span>
      <IconCross size={14} />
    </button>
  );
}

function stretchWords(from: string | undefined, to: string | undefined): string {
  if (!from) return `Before ${clockTime(to ?? '')}`;
  return to ? `${clockTime(from)} – ${clockTime(to)}` : `Since ${clockTime(from)}`;
}
