import { useState } from 'react';
import { MAX_ROWS } from '../../../api/deliveries';
import type { Delivery } from '../../../api/types';
import type { ResendOffer } from '../../../lib/failure-group';
import { Button } from '../../../ui/kit';
import { SelectionBar } from './selection-bar';
import { useSelection } from './use-selection';
import { VirtualTable } from './virtual-table';
import css from './delivery-list.module.css';

interface DeliveryListProps {
  rows: readonly Delivery[];
  openId: string | undefined;
  stale: boolean;
  /** All that match and can be sent again. */
  all: ResendOffer | null;
  more: { there: boolean; loading: boolean; load: () => void };
}

/** The rows, what can be done with those that are chosen, and the way to older ones. */
export function DeliveryList({ rows, openId, stale, all, more }: DeliveryListProps) {
  const selection = useSelection(rows);
  // The first press says that older ones are wanted; before it, the foot of the page can be reached.
  const [endless, setEndless] = useState(false);
  const onEnd = endless && more.there && !more.loading && !stale ? more.load : undefined;
  return (
    <>
      <VirtualTable deliveries={rows} openId={openId} stale={stale} selection={selection} onEnd={onEnd} />
      <SelectionBar selection={selection} rows={rows} all={all} />
      <div className={css.foot}>
        <span role="status">{footWords(rows.length, more.there)}</span>
        {more.there ? (
          <Button
            variant="default"
            loading={more.loading}
            onClick={() => {
              setEndless(true);
              more.load();
            }}
          >
            Load more
          </Button>
        ) : null}
      </div>
    </>
  );
}

function footWords(count: number, more: boolean): string {
  if (count >= MAX_ROWS) return `Showing the newest ${count.toLocaleString('en')}. Choose a time to see older ones.`;
  return `Showing ${count.toLocaleString('en')}${more ? ' so far' : count === 1 ? ' delivery' : ' deliveries'}`;
}
