import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Fragment, useMemo, type ReactNode, type Ref } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { Delivery } from '../../../api/types';
import { serverNow } from '../../../lib/server-clock';
import { dayKey, dayName } from '../../../lib/time';
import { usePublishedOrder } from '../../../lib/walk-order';
import type { Plan } from '../use-plans';
import { COLUMNS, COLUMNS_OF_ONE, type Column } from './columns';
import { DeliveryRow } from './delivery-row';
import css from './delivery-table.module.css';

interface TableFrameProps {
  label: string;
  columns: readonly Column[];
  stale?: boolean;
  /** The check box in the heading, in lists where rows can be selected. */
  check?: ReactNode;
  /** How many rows there are; -1 when unknown. */
  rowCount?: number;
  children: ReactNode;
}

/** The heading and frame of a list of deliveries. Grid and roles instead of a table: see the style sheet. */
export function TableFrame({ label, columns, stale = false, check, rowCount, children }: TableFrameProps) {
  return (
    <div className={css.frame} data-stale={stale || undefined}>
      <div
        className={css.table}
        role="table"
        aria-label={label}
        aria-rowcount={rowCount}
        data-with-webhook={columns === COLUMNS || undefined}
        data-with-check={check ? true : undefined}
      >
        <div role="rowgroup" className={css.head}>
          <div role="row" className={css.headRow} aria-rowindex={rowCount === undefined ? undefined : 1}>
            {check ? (
              <div role="columnheader" className={css.check}>
                {check}
              </div>
            ) : null}
            {columns.map(({ name, heading }) => (
              <div key={name} role="columnheader" className={css[name]}>
                {heading}
              </div>
            ))}
          </div>
        </div>
        {children}
      </div>
    </div>
  );
}

interface DayRowProps {
  iso: string;
  ref?: Ref<HTMLDivElement>;
  'aria-rowindex'?: number;
  'data-index'?: number;
}

export function DayRow({ iso, ...place }: DayRowProps) {
  return (
    <div role="row" className={css.day} {...place}>
      <div role="rowheader">{dayName(iso)}</div>
    </div>
  );
}

/** True for the first row of a day, except for today at the top of the list. */
export function startsDay(delivery: Delivery, previous: Delivery | undefined): boolean {
  const before = previous?.created_at ?? new Date(serverNow()).toISOString();
  return dayKey(before) !== dayKey(delivery.created_at);
}

interface DeliveryTableProps {
  deliveries: readonly Delivery[];
  label: string;
  /** The plan of the webhook that they went to. */
  plan: Plan;
}

/** A few deliveries of one webhook, newest first, grouped by day. */
export function DeliveryTable({ deliveries, label, plan }: DeliveryTableProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const { delivery: openId } = useSearch({ strict: false });
  usePublishedOrder(useMemo(() => ({ ids: deliveries.map(({ id }) => id), total: null, more: null }), [deliveries]));
  return (
    <TableFrame label={label} columns={COLUMNS_OF_ONE}>
      <div role="rowgroup">
        {deliveries.map((delivery, index) => (
          <Fragment key={delivery.id}>
            {startsDay(delivery, deliveries[index - 1]) ? <DayRow iso={delivery.created_at} /> : null}
            <DeliveryRow
              delivery={delivery}
              plan={plan}
              catalogue={catalogue}
              columns={COLUMNS_OF_ONE}
              open={delivery.id === openId}
            />
          </Fragment>
        ))}
      </div>
    </TableFrame>
  );
}
