import { useDeferredValue } from 'react';
import { useArrivals } from '../api/live/arrivals';
import { matches } from '../api/live/matches';
import type { DeliveryFilter } from '../api/deliveries';
import css from './live.module.css';

interface NewPillProps {
  filter: DeliveryFilter;
  /** The newest one on screen; ids rise with time. */
  newestId: string | undefined;
  onShow: () => void;
}

/** "12 new deliveries — Show": what came since the list was read, until the reader wants it. */
export function NewPill({ filter, newestId, onShow }: NewPillProps) {
  const arrivals = useDeferredValue(useArrivals());
  let count = 0;
  for (const delivery of arrivals.values()) {
    if ((newestId === undefined || delivery.id > newestId) && matches(filter, delivery)) count++;
  }
  if (count === 0) return null;
  return (
    <button type="button" className={css.pill} onClick={onShow}>
      {count.toLocaleString('en')} new {count === 1 ? 'delivery' : 'deliveries'} — <strong>Show</strong>
    </button>
  );
}
