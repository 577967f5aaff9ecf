import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { eventTitle, eventTypesQuery } from '../../../api/event-types';
import type { AgencyEvent, DeliveryStatus } from '../../../api/types';
import { deliveryStatuses } from '../../../copy';
import { recordName } from '../../../lib/record-name';
import { Ago } from '../../../ui/ago';
import { CopyButton } from '../../../ui/copy-button';
import { TextLink } from '../../../ui/link';
import { TestTag } from '../../../ui/status';
import { Recipients } from '../recipients';
import css from './events-page.module.css';
import page from '../../../ui/page.module.css';

interface EventRowProps {
  event: AgencyEvent;
  /** How many webhooks there are; undefined while unknown. */
  webhooks: number | undefined;
  open: boolean;
}

/** One event; the whole row is a link that opens and closes it in place. */
export function EventRow({ event, webhooks, open }: EventRowProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  const title = eventTitle(catalogue, event.type);
  const about = event.subject ? recordName(event.subject) : null;
  return (
    <li className={css.row} data-row data-id={event.id} data-open={open || undefined}>
      <div className={css.line}>
        <div className={css.what}>
          <Link
            to="."
            search={(previous) => ({ ...previous, open: open ? undefined : event.id })}
            className={`${page.rowLink} ${css.link}`}
            aria-expanded={open}
            replace
            resetScroll={false}
          >
            {event.about?.sentence ?? title}
          </Link>{' '}
          {event.test ? <TestTag /> : null}
          <span className={css.under}>{[...(event.about ? [title] : []), ...(about ? [about] : [])].join(' · ')}</span>
        </div>
        <Sent event={event} webhooks={webhooks} />
        <span className={css.when}>
          <Ago iso={event.accepted_at} light />
        </span>
      </div>
      {open ? <Opened event={event} /> : null}
    </li>
  );
}

/** What needs attention comes first. */
const SHOWN_STATES: readonly DeliveryStatus[] = ['failed', 'retrying', 'waiting', 'skipped', 'cancelled', 'delivered'];
const FAILING_STATES: readonly DeliveryStatus[] = ['failed', 'retrying'];

function Sent({ event: { deliveries }, webhooks }: Pick<EventRowProps, 'event' | 'webhooks'>) {
  const sent = deliveries.delivered + deliveries.failed + deliveries.retrying + deliveries.waiting;
  const of = webhooks === undefined ? '' : ` of ${Math.max(webhooks, sent)}`;
  return (
    <div className={css.sent}>
      {sent === 0 ? 'Not sent' : `Sent to ${sent}`}
      {of}
      <span className={css.under}>
        {SHOWN_STATES.filter((status) => deliveries[status] > 0).map((status) => (
          <span key={status} className={css.count} data-status={FAILING_STATES.includes(status) ? status : undefined}>
            {deliveries[status]} {deliveryStatuses[status].word.toLowerCase()}
          </span>
        ))}
      </span>
    </div>
  );
}

function Opened({ event }: { event: AgencyEvent }) {
  return (
    <div className={css.opened}>
      <Recipients eventId={event.id} />
      {event.purged_at ? <p className={css.under}>The candidate’s data was erased.</p> : null}
      <details className={css.ids}>
        <summary>For your developer</summary>
        <p>
          <TextLink to="/recruiter/api/guide/events/$type" params={{ type: event.type }}>
            <code>{event.type}</code>
          </TextLink>
        </p>
        {event.subject ? (
          <p>
            {event.subject.kind} id <code>{event.subject.id}</code>
          </p>
        ) : null}
        <p>
          webhook-id <code>{event.id}</code>{' '}
          <CopyButton text={event.id} label="Copy id" size="compact-xs" variant="subtle" aria-keyshortcuts="C" />
        </p>
      </details>
    </div>
  );
}
