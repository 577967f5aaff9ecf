import { useDeferredValue, useMemo } from 'react';
import { useUnseenItems, type UnseenItem } from '../api/live/unseen-items';
import { listName } from '../api/live/refresh-lists';
import { matches } from '../api/live/matches';
import type { DeliveryFilter } from '../api/deliveries';
import css from './live.module.css';

interface NewPillProps {
  filter: DeliveryFilter;
  /** The rows of the list, newest first. */
  rows: readonly { id: string }[];
  /** There is nothing older than the rows. */
  complete: boolean;
  onShow: () => void;
}

/** "12 new deliveries — Show": what is new since the list was read. */
export function NewPill({ filter, rows, complete, onShow }: NewPillProps) {
  // The map inside is mutated, so the object is compared.
  const unseen = useDeferredValue(useUnseenItems());
  const count = useMemo(() => {
    const shown = new Set(rows.map(({ id }) => id));
    const name = listName(filter);
    // Older items than the last row come with the next page. Ids increase with time.
    const oldest = complete ? '' : (rows.at(-1)?.id ?? '');
    const isNew = ({ delivery, lists }: UnseenItem) =>
      delivery.id > oldest && !shown.has(delivery.id) && (lists.includes(name) || matches(filter, delivery));
    return [...unseen.byId.values()].filter(isNew).length;
  }, [unseen, filter, rows, complete]);
  if (count === 0) return null;
  return (
    <button type="button" className={css.pill} onClick={onShow}>
      {count.toLocaleString('en')}
      {unseen.more ? '+' : ''} new {count === 1 && !unseen.more ? 'delivery' : 'deliveries'} — <strong>Show</strong>
    </button>
  );
}
