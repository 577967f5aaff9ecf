import { useMemo, useRef, useState } from 'react';
import type { Delivery } from '../../../api/types';
import type { ResendOffer } from '../../../lib/failure-group';
import { usePublishedOrder, type WalkOrder } from '../../../lib/walk-order';
import { usePlans } from '../use-plans';
import { ListFoot } from './list-foot';
import type { Place } from './place';
import { SelectionBar } from './selection-bar';
import { useSelection } from './use-selection';
import { VirtualTable } from './virtual-table';

interface DeliveryListProps {
  rows: readonly Delivery[];
  openId: string | undefined;
  place: Place;
  stale: boolean;
  /** The offer to resend all matching deliveries, unless it is shown above the list. */
  all: ResendOffer | null;
  /** How many match, in words; null while unknown. */
  total: string | null;
  more: { there: boolean; loading: boolean; load: () => void };
  /** Shows older deliveries; set when the list has its maximum length. */
  onOlder: ((to: string) => void) | null;
}

/** The rows, the actions on selected ones, and the control for older ones. */
export function DeliveryList({ rows, openId, place, stale, all, total, more, onOlder }: DeliveryListProps) {
  const selection = useSelection(rows);
  // Older rows load automatically only after the first press, so that the foot of the page can be reached.
  const [endless, setEndless] = useState(false);
  const onEnd = endless && more.there && !more.loading && !stale ? more.load : undefined;
  useWalked(rows, total, more);
  return (
    <>
      <VirtualTable
        deliveries={rows}
        openId={openId}
        place={place}
        stale={stale}
        selection={selection}
        plans={usePlans()}
        onEnd={onEnd}
      />
      <SelectionBar selection={selection} rows={rows} all={all} />
      <ListFoot
        rows={rows}
        total={total}
        more={more}
        onMore={() => {
          setEndless(true);
          more.load();
        }}
        onOlder={onOlder}
      />
    </>
  );
}

function useWalked(rows: readonly Delivery[], total: string | null, more: DeliveryListProps['more']): void {
  const load = useRef(more.load);
  load.current = more.load;
  const hasMore = more.there && !more.loading;
  const order = useMemo<WalkOrder>(
    () => ({ ids: rows.map(({ id }) => id), total, more: hasMore ? () => load.current() : null }),
    [rows, total, hasMore],
  );
  usePublishedOrder(order);
}
