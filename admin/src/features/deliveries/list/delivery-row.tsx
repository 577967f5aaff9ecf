import { Link } from '@tanstack/react-router';
import { memo, type Ref } from 'react';
import { eventTitle } from '../../../api/event-types';
import type { Delivery, EventTypeList } from '../../../api/types';
import { reasons } from '../../../copy';
import { clockTime, duration } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { StatusWord, TestTag } from '../../../ui/status';
import { ResendIcon } from '../resend/resend-icon';
import { RecordReference } from '../record-reference';
import { RowCheck } from './row-check';
import css from './delivery-table.module.css';

interface DeliveryRowProps {
  delivery: Delivery;
  catalogue: EventTypeList | undefined;
  withWebhook: boolean;
  open: boolean;
  /** The number of tries in its webhook's retry plan. */
  tries?: number | undefined;
  /** Set in lists where rows can be chosen. */
  chosen?: boolean | undefined;
  onToggle?: ((id: string, through: boolean) => void) | undefined;
  /** Its place among the rows, for lists that draw a part of them. */
  rowIndex?: number;
  /** Its index among rendered rows, by which its height is measured. */
  index?: number;
  ref?: Ref<HTMLDivElement>;
}

/** One delivery. The whole row is a link to it; other controls are above that link. */
export const DeliveryRow = memo(function DeliveryRow(props: DeliveryRowProps) {
  const { delivery, catalogue, withWebhook, open, tries, chosen, onToggle, rowIndex, index, ref } = props;
  const title = eventTitle(catalogue, delivery.event);
  return (
    <div
      ref={ref}
      role="row"
      aria-rowindex={rowIndex}
      data-index={index}
      className={css.row}
      data-row
      data-id={delivery.id}
      data-open={open || undefined}
      data-chosen={chosen || undefined}
    >
      {onToggle ? (
        <div role="cell" className={css.check}>
          <RowCheck
            checked={chosen ?? false}
            onToggle={(through) => onToggle(delivery.id, through)}
            label={`Choose ${title}${delivery.subject ? ` ${delivery.subject.id}` : ''}`}
          />
        </div>
      ) : null}
      <div role="cell" className={css.status}>
        <StatusWord status={delivery.status} />
        <StatusNote delivery={delivery} tries={tries} />
      </div>
      <div role="cell" className={css.event}>
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
      </div>
      <div role="cell" className={css.about} data-empty={delivery.subject ? undefined : true}>
        {delivery.subject ? (
          <RecordReference subject={delivery.subject} className={css.reference} />
        ) : (
          <span className={css.quiet}>–</span>
        )}
      </div>
      {withWebhook ? (
        <div role="cell" className={css.webhook}>
          {webhookName(delivery.webhook)}
          {delivery.webhook.deleted ? <span className={css.quiet}> (deleted)</span> : null}
        </div>
      ) : null}
      <div role="cell" className={css.answer} data-empty={delivery.attempts === 0 || undefined}>
        {delivery.response_status ?? <span className={css.quiet}>{delivery.attempts > 0 ? 'none' : '–'}</span>}
      </div>
      <div role="cell" className={css.took}>
        {delivery.duration_ms === null ? <span className={css.quiet}>–</span> : duration(delivery.duration_ms)}
      </div>
      <div role="cell" className={css.when}>
        <Ago iso={delivery.created_at} light />
      </div>
      <div role="cell" className={css.action}>
        <ResendIcon delivery={delivery} title={title} />
      </div>
    </div>
  );
});

/** The second line under the status: the next step, or why it ended. */
function StatusNote({ delivery, tries }: { delivery: Delivery; tries: number | undefined }) {
  if (delivery.status === 'retrying' && delivery.next_attempt_at) {
    // After a resend the retry plan starts again, while the attempt numbers continue.
    const which = tries && delivery.attempts < tries ? ` (${delivery.attempts + 1} of ${tries})` : '';
    return (
      <span className={css.note}>
        next try {clockTime(delivery.next_attempt_at)}
        {which}
      </span>
    );
  }
  if (delivery.status === 'failed' && delivery.reason) {
    const { sentence } = reasons[delivery.reason];
    return (
      <span className={css.note} title={sentence}>
        {sentence}
      </span>
    );
  }
  return null;
}
