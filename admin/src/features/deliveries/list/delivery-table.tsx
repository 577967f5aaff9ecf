import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { eventTitle, eventTypesQuery } from '../../../api/event-types';
import type { Delivery, EventTypeList } from '../../../api/types';
import { reasons } from '../../../copy';
import { clockTime, dayKey, dayName, duration } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { StatusWord, TestTag } from '../../../ui/status';
import { ResendIcon } from '../resend/resend-icon';
import css from './delivery-table.module.css';

interface DeliveryTableProps {
  deliveries: readonly Delivery[];
  label: string;
  withWebhook?: boolean;
  /** The one whose drawer is open. */
  openId?: string | undefined;
  stale?: boolean;
}

/**
 * Deliveries, newest first, grouped by day. A row opens the delivery beside the list. The roles are written out because
 * the narrow form lays the rows out as cards, and browsers drop a table's meaning when its display changes.
 */
export function DeliveryTable({ deliveries, label, withWebhook = true, openId, stale = false }: DeliveryTableProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  return (
    <div className={css.frame} data-stale={stale || undefined}>
      <table className={css.table} role="table" aria-label={label} data-with-webhook={withWebhook || undefined}>
        <thead role="rowgroup" className={css.head}>
          <tr role="row">
            <th role="columnheader">Status</th>
            <th role="columnheader">Event</th>
            <th role="columnheader" className={css.about}>
              About
            </th>
            {withWebhook ? <th role="columnheader">Webhook</th> : null}
            <th role="columnheader">Answer</th>
            <th role="columnheader" className={css.took}>
              Took
            </th>
            <th role="columnheader">When</th>
            <th role="columnheader">
              <span className={css.hidden}>Resend</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {deliveries.map((delivery, index) => {
            const previous = deliveries[index - 1];
            const newDay = !previous || dayKey(previous.created_at) !== dayKey(delivery.created_at);
            return (
              <Fragment key={delivery.id}>
                {newDay ? (
                  <tr role="row" className={css.day}>
                    <th role="rowheader">{dayName(delivery.created_at)}</th>
                  </tr>
                ) : null}
                <Row
                  delivery={delivery}
                  catalogue={catalogue}
                  withWebhook={withWebhook}
                  open={delivery.id === openId}
                />
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  delivery: Delivery;
  catalogue: EventTypeList | undefined;
  withWebhook: boolean;
  open: boolean;
}

function Row({ delivery, catalogue, withWebhook, open }: RowProps) {
  const title = eventTitle(catalogue, delivery.event);
  return (
    <tr role="row" className={css.row} data-row data-open={open || undefined}>
      <td role="cell" className={css.status}>
        <StatusWord status={delivery.status} />
        <StatusNote delivery={delivery} />
      </td>
      <td role="cell" className={css.event}>
        <Link
          to="."
          search={(previous) => ({ ...previous, delivery: delivery.id })}
          className={css.link}
          aria-current={open ? 'true' : undefined}
          resetScroll={false}
        >
          {title}
        </Link>{' '}
        {delivery.test ? <TestTag /> : null}
      </td>
      <td role="cell" className={css.about}>
        {delivery.subject ? (
          <span className={css.reference}>{delivery.subject.id}</span>
        ) : (
          <span className={css.quiet}>–</span>
        )}
      </td>
      {withWebhook ? (
        <td role="cell" className={css.webhook}>
          {webhookName(delivery.webhook)}
          {delivery.webhook.deleted ? <span className={css.quiet}> (deleted)</span> : null}
        </td>
      ) : null}
      <td role="cell" className={css.answer}>
        {delivery.response_status ?? <span className={css.quiet}>{delivery.attempts > 0 ? 'none' : '–'}</span>}
      </td>
      <td role="cell" className={css.took}>
        {delivery.duration_ms === null ? <span className={css.quiet}>–</span> : duration(delivery.duration_ms)}
      </td>
      <td role="cell" className={css.when}>
        <Ago iso={delivery.created_at} />
      </td>
      <td role="cell" className={css.action}>
        <ResendIcon delivery={delivery} title={title} />
      </td>
    </tr>
  );
}

/** The second line under the status: what comes next, or why it ended. */
function StatusNote({ delivery }: { delivery: Delivery }) {
  if (delivery.status === 'retrying' && delivery.next_attempt_at) {
    return <span className={css.note}>next try {clockTime(delivery.next_attempt_at)}</span>;
  }
  if (delivery.status === 'failed' && delivery.reason) {
    return <span className={css.note}>{reasons[delivery.reason].sentence}</span>;
  }
  return null;
}
