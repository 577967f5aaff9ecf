import type { Delivery } from '../../../api/types';
import type { ResendOffer } from '../../../lib/failure-group';
import { CopyButton } from '../../../ui/copy-button';
import { Button } from '../../../ui/kit';
import { ResendAllButton } from '../../../ui/resend-all-button';
import type { Selection } from './use-selection';
import css from './selection-bar.module.css';

/** The server's limit for selected deliveries in one plan. */
const MAX_CHOSEN = 1_000;

interface SelectionBarProps {
  selection: Selection;
  rows: readonly Delivery[];
  /** The offer to resend all that match the filter, if any can be resent. */
  all: ResendOffer | null;
}

/** The actions on selected rows; renders nothing if there are none. */
export function SelectionBar({ selection, rows, all }: SelectionBarProps) {
  const ids = rows.filter(({ id }) => selection.ids.has(id)).map(({ id }) => id);
  if (ids.length === 0) return null;
  const count = ids.length.toLocaleString('en');
  return (
    <div className={css.bar} role="region" aria-label="Selected deliveries">
      <span role="status">{count} chosen</span>
      {ids.length <= MAX_CHOSEN ? (
        <ResendAllButton
          size="xs"
          variant="filled"
          request={() => ({ filter: { delivery_ids: ids }, which: 'that you selected', chosen: ids.length })}
        >
          {`Resend ${count}`}
        </ResendAllButton>
      ) : null}
      <CopyButton size="xs" label="Copy ids" text={() => ids.join('\n')} />
      <Button variant="subtle" size="xs" onClick={selection.clear}>
        Clear
      </Button>
      {all ? (
        <span className={css.all}>
          <span className={css.or}>or</span>
          <ResendAllButton size="xs" request={() => all.request}>
            {all.label}
          </ResendAllButton>
        </span>
      ) : null}
    </div>
  );
}
