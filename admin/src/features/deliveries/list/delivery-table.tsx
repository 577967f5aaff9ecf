import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Fragment, useMemo, type ReactNode, type Ref } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { Delivery, RetryPlan } from '../../../api/types';
import { dayKey, dayName } from '../../../lib/time';
import { usePublishedOrder } from '../../../lib/walk-order';
import { DeliveryRow } from './delivery-row';
import { triesOf } from './use-tries';
import css from './delivery-table.module.css';

interface TableFrameProps {
  label: string;
  withWebhook: boolean;
  stale?: boolean;
  /** The check mark of the heading, in lists where rows can be chosen. */
  check?: ReactNode;
  /** How many rows there are; -1 when unknown. */
  rowCount?: number;
  children: ReactNode;
}

/** The heading and frame of a list of deliveries. Grid and roles instead of a table: see the style sheet. */
export function TableFrame({ label, withWebhook, stale = false, check, rowCount, children }: TableFrameProps) {
  return (
    <div className={css.frame} data-stale={stale || undefined}>
      <div
        className={css.table}
        role="table"
        aria-label={label}
        aria-rowcount={rowCount}
        data-with-webhook={withWebhook || undefined}
        data-with-check={check ? true : undefined}
      >
        <div role="rowgroup" className={css.head}>
          <div role="row" className={css.headRow} aria-rowindex={rowCount === undefined ? undefined : 1}>
            {check ? (
              <div role="columnheader" className={css.check}>
                {check}
              </div>
            ) : null}
            <div role="columnheader">Status</div>
            <div role="columnheader">Event</div>
            <div role="columnheader" className={css.about}>
              About
            </div>
            {withWebhook ? <div role="columnheader">Webhook</div> : null}
            <div role="columnheader">Answer</div>
            <div role="columnheader" className={css.took}>
              Took
            </div>
            <div role="columnheader">When</div>
            <div role="columnheader">
              <span className={css.hidden}>Resend</span>
            </div>
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

/** True for the first row of a day. */
export function startsDay(delivery: Delivery, previous: Delivery | undefined): boolean {
  return !previous || dayKey(previous.created_at) !== dayKey(delivery.created_at);
}

interface DeliveryTableProps {
  deliveries: readonly Delivery[];
  label: string;
  withWebhook?: boolean;
  /** Of the one webhook that they went to. */
  plan?: RetryPlan;
}

/** A few deliveries, newest first, grouped by day. */
export function DeliveryTable({ deliveries, label, withWebhook = true, plan }: DeliveryTableProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const { delivery: openId } = useSearch({ strict: false });
  usePublishedOrder(useMemo(() => ({ ids: deliveries.map(({ id }) => id), total: null, more: null }), [deliveries]));
  return (
    <TableFrame label={label} withWebhook={withWebhook}>
      <div role="rowgroup">
        {deliveries.map((delivery, index) => (
          <Fragment key={delivery.id}>
            {startsDay(delivery, deliveries[index - 1]) ? <DayRow iso={delivery.created_at} /> : null}
            <DeliveryRow
              delivery={delivery}
              tries={plan && triesOf(plan)}
              catalogue={catalogue}
              withWebhook={withWebhook}
              open={delivery.id === openId}
            />
          </Fragment>
        ))}
      </div>
    </TableFrame>
  );
}
