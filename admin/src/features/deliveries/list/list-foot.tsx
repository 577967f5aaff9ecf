import type { Delivery } from '../../../api/types';
import { Button } from '../../../ui/kit';
import { serverNow } from '../../../lib/server-clock';
import css from './delivery-list.module.css';

interface ListFootProps {
  rows: readonly Pick<Delivery, 'created_at'>[];
  /** How many match, in words; null while unknown. */
  total: string | null;
  more: { there: boolean; loading: boolean };
  onMore: () => void;
  /** Shows older deliveries; set when the list has its maximum length. */
  onOlder: ((to: string) => void) | null;
}

/** How much of the list is shown, and the button for the rest. */
export function ListFoot({ rows, total, more, onMore, onOlder }: ListFootProps) {
  return (
    <div className={css.foot}>
      <span role="status">{footWords(rows.length, total, more.there || onOlder !== null)}</span>
      {more.there ? (
        <Button variant="default" loading={more.loading} onClick={onMore}>
          Load more
        </Button>
      ) : null}
      {onOlder ? (
        <Button variant="default" onClick={() => onOlder(justAfter(rows.at(-1)))}>
          See older
        </Button>
      ) : null}
    </div>
  );
}

/** The end of a range is exclusive, and other rows may have the same millisecond. */
function justAfter(row: Pick<Delivery, 'created_at'> | undefined): string {
  return new Date((row ? Date.parse(row.created_at) : serverNow()) + 1).toISOString();
}

function footWords(count: number, total: string | null, more: boolean): string {
  const shown = count.toLocaleString('en');
  if (!more) return `Showing ${shown} ${count === 1 ? 'delivery' : 'deliveries'}`;
  return total === null ? `Showing ${shown} so far` : `Showing ${shown} of about ${total}`;
}
