import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Delivery } from '../../../api/types';
import { duration } from '../../../lib/time';
import { webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { VisuallyHidden } from '../../../ui/kit';
import { StatusWord, TestTag } from '../../../ui/status';
import { RecordReference } from '../record-reference';
import { ResendIcon } from '../resend/resend-icon';
import type { Plan } from '../use-plans';
import { StatusNote } from './status-note';
import css from './delivery-table.module.css';
import page from '../../../ui/page.module.css';

interface RowFacts {
  delivery: Delivery;
  /** The event's name in words. */
  title: string;
  open: boolean;
  /** What its webhook does next. */
  plan: Plan | undefined;
}

export interface Column {
  /** Its class in the style sheet, which hides it on narrow screens. */
  name: 'status' | 'event' | 'about' | 'webhook' | 'answer' | 'took' | 'when' | 'action';
  heading: ReactNode;
  cell: (row: RowFacts) => ReactNode;
  /** Rows where it is empty; a card leaves it out. */
  isEmpty?: (delivery: Delivery) => boolean;
}

/** The columns of every list of deliveries, in order. The one of the webhook is left out where there is just one. */
export const COLUMNS: readonly Column[] = [
  {
    name: 'status',
    heading: 'Status',
    cell: ({ delivery }) => <StatusWord status={delivery.status} />,
  },
  {
    name: 'event',
    heading: 'Event',
    cell: ({ delivery, title, open }) => (
      <>
        <Link
          to="."
          search={(previous) => ({ ...previous, delivery: delivery.id })}
          className={`${page.rowLink} ${css.link}`}
          aria-current={open ? 'true' : undefined}
          resetScroll={false}
        >
          {title}
        </Link>{' '}
        {delivery.test ? <TestTag /> : null}
      </>
    ),
  },
  {
    name: 'about',
    heading: 'About',
    isEmpty: ({ subject }) => subject === null,
    cell: ({ delivery }) => (delivery.subject ? <RecordReference of={delivery} className={css.reference} /> : <None />),
  },
  {
    name: 'webhook',
    heading: 'Webhook',
    cell: ({ delivery: { webhook } }) => (
      <>
        {webhookName(webhook)}
        {webhook.deleted ? <span className={css.quiet}> (deleted)</span> : null}
      </>
    ),
  },
  {
    name: 'answer',
    heading: 'Answer',
    isEmpty: ({ attempts, status }) => attempts === 0 && status !== 'waiting',
    cell: ({ delivery, plan }) => (
      <>
        {delivery.attempts === 0 ? null : <span>{delivery.response_status ?? <None>no answer</None>}</span>}
        <StatusNote delivery={delivery} plan={plan} />
      </>
    ),
  },
  {
    name: 'took',
    heading: 'Took',
    cell: ({ delivery }) => (delivery.duration_ms === null ? <None /> : duration(delivery.duration_ms)),
  },
  { name: 'when', heading: 'When', cell: ({ delivery }) => <Ago iso={delivery.created_at} light /> },
  {
    name: 'action',
    heading: <VisuallyHidden>Resend</VisuallyHidden>,
    cell: ({ delivery, title }) => <ResendIcon delivery={delivery} title={title} />,
  },
];

export const COLUMNS_OF_ONE = COLUMNS.filter(({ name }) => name !== 'webhook');

function None({ children = '–' }: { children?: string }) {
  return <span className={css.quiet}>{children}</span>;
}
