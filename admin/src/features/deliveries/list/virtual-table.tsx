import { useQuery } from '@tanstack/react-query';
import { useWindowVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { Delivery } from '../../../api/types';
import { setRowsSeen } from '../../../api/live/refresh-lists';
import { focusRow } from '../../../lib/focus-row';
import type { Plan } from '../use-plans';
import { COLUMNS } from './columns';
import { DeliveryRow } from './delivery-row';
import { DayRow, startsDay, TableFrame } from './delivery-table';
import type { Place } from './place';
import { RowCheck } from './row-check';
import type { Selection } from './use-selection';
import css from './delivery-table.module.css';

/** Estimated heights of rows not measured yet; cards on narrow screens are higher. */
const ROW_PX = 45;
const DAY_PX = 30;

const HEAD_PX = 72;

/** Rows rendered above and below the window, so that J, K and Tab find the next one. */
const OVERSCAN = 3;

interface VirtualTableProps {
  deliveries: readonly Delivery[];
  openId?: string | undefined;
  place?: Place;
  stale?: boolean;
  selection: Selection;
  /** What each webhook does next. */
  plans?: ReadonlyMap<string, Plan>;
  /** Called near the last row; without it, scrolling loads nothing. */
  onEnd?: (() => void) | undefined;
}

type Item = { day: string; delivery?: undefined } | { delivery: Delivery; day?: undefined };

/** Any number of deliveries; only those near the viewport are rendered. The window scrolls, not the table. */
export function VirtualTable({ deliveries, openId, place, stale = false, selection, plans, onEnd }: VirtualTableProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const items = useMemo(() => withDays(deliveries), [deliveries]);
  const body = useRef<HTMLDivElement>(null);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => (items[index]?.day === undefined ? ROW_PX : DAY_PX),
    getItemKey: (index) => items[index]?.delivery?.id ?? `day ${items[index]?.day}`,
    overscan: OVERSCAN,
    // Cards differ in height; known heights are not measured again.
    initialMeasurementsCache: place?.heights ?? [],
    initialOffset: place?.y ?? 0,
    scrollMargin: useTop(body),
    // Rows that are scrolled to must end up below the sticky page header.
    scrollPaddingStart: HEAD_PX,
  });
  const shown = virtualizer.getVirtualItems();
  const first = shown[0];
  const last = shown.at(-1);
  const atEnd = last !== undefined && last.index >= items.length - 1;
  useEffect(() => {
    if (atEnd) onEnd?.();
  }, [atEnd, onEnd, items.length]);
  useOpenRow(items, openId, (index) => virtualizer.scrollToIndex(index, { align: 'auto' }));
  useHeights(place, virtualizer);
  useSeen(shown.map(({ key }) => String(key)).join(' '));
  const all = deliveries.every(({ id }) => selection.ids.has(id));
  return (
    <TableFrame
      label="Deliveries"
      columns={COLUMNS}
      stale={stale}
      rowCount={-1}
      check={
        <RowCheck
          checked={all}
          some={selection.ids.size > 0}
          label="Select all shown"
          onToggle={() => selection.toggleAll()}
        />
      }
    >
      <div
        role="rowgroup"
        ref={body}
        className={css.body}
        style={{
          paddingTop: first ? first.start - virtualizer.options.scrollMargin : 0,
          paddingBottom: last ? virtualizer.getTotalSize() - (last.end - virtualizer.options.scrollMargin) : 0,
        }}
      >
        {shown.map(({ index, key }) => {
          const item = items[index];
          if (!item) return null;
          // 1 is the heading.
          const place = { 'aria-rowindex': index + 2, 'data-index': index };
          if (item.day !== undefined) {
            return <DayRow key={key} ref={virtualizer.measureElement} iso={item.day} {...place} />;
          }
          return (
            <DeliveryRow
              key={key}
              ref={virtualizer.measureElement}
              rowIndex={index + 2}
              index={index}
              delivery={item.delivery}
              plan={plans?.get(item.delivery.webhook.id)}
              catalogue={catalogue}
              columns={COLUMNS}
              open={item.delivery.id === openId}
              chosen={selection.ids.has(item.delivery.id)}
              onToggle={selection.toggle}
            />
          );
        })}
      </div>
    </TableFrame>
  );
}

/** Scrolls the row of the open delivery into view, and moves the focus to it if it was on a row. */
function useOpenRow(items: readonly Item[], openId: string | undefined, show: (index: number) => void): void {
  const current = useRef({ items, show });
  current.current = { items, show };
  const before = useRef(openId);
  useEffect(() => {
    const moved = before.current !== undefined && openId !== undefined && before.current !== openId;
    before.current = openId;
    if (!moved) return;
    const index = current.current.items.findIndex((item) => item.delivery?.id === openId);
    if (index === -1) return;
    const onRow = document.activeElement?.closest('[data-row]') !== null;
    current.current.show(index);
    if (onRow) requestAnimationFrame(() => focusRow(openId));
  }, [openId]);
}

/** Stores the heights when the list is left. */
function useHeights(place: Place | undefined, virtualizer: Virtualizer<Window, Element>): void {
  useEffect(
    () => () => {
      if (place) place.heights = virtualizer.measurementsCache;
    },
    [place, virtualizer],
  );
}

/** Rows in view are refreshed first. */
function useSeen(keys: string): void {
  useEffect(() => setRowsSeen(keys.split(' ')), [keys]);
}

function withDays(deliveries: readonly Delivery[]): Item[] {
  return deliveries.flatMap((delivery, index): Item[] =>
    startsDay(delivery, deliveries[index - 1]) ? [{ day: delivery.created_at }, { delivery }] : [{ delivery }],
  );
}

/** Distance from the top of the page to the first row; the content above it changes. */
function useTop(element: React.RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((element.current?.getBoundingClientRect().top ?? 0) + globalThis.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
