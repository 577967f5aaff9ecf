import { useQuery } from '@tanstack/react-query';
import { eventQuery } from '../../api/events';
import { isStatus } from '../../api/problem';
import { useMe } from '../../api/session';
import type { EventRecipient } from '../../api/types';
import { keptFor } from '../../lib/retention';
import { nonRecipientGroups } from '../../lib/non-recipients';
import { webhookName } from '../../lib/webhook-name';
import { TextLink } from '../../ui/link';
import { InfoBar, LoadError, LoadingRows } from '../../ui/states';
import { StatusWord } from '../../ui/status';
import css from './recipients.module.css';

interface RecipientsProps {
  eventId: string;
  /** The delivery that is open. */
  deliveryId?: string;
}

/** Every webhook and whether, or why not, it got the event. */
export function Recipients({ eventId, deliveryId }: RecipientsProps) {
  const me = useMe();
  const query = useQuery(eventQuery(eventId));
  if (isStatus(query.error, 404)) {
    return <InfoBar>This is no longer known. We keep events for {keptFor(me)}.</InfoBar>;
  }
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingRows rows={2} height={56} label="Checking which webhooks got it" />
    );
  }
  const { recipients } = query.data;
  const groups = nonRecipientGroups(recipients);
  if (recipients.length === 0) return <p className={css.note}>There were no webhooks.</p>;
  return (
    <div className={css.recipients}>
      <ul className={css.list} aria-label="Which webhooks got it">
        {recipients.map((recipient) =>
          recipient.delivery ? (
            <li key={recipient.webhook.id} className={css.item}>
              <strong className={css.name}>
                {webhookName(recipient.webhook)}
                {recipient.webhook.deleted ? ' (deleted)' : ''}
              </strong>
              <Result recipient={recipient} here={recipient.delivery.id === deliveryId} />
            </li>
          ) : null,
        )}
        {groups.map(({ words, names }) => (
          <li key={words} className={css.item}>
            <details className={css.nonRecipients}>
              <summary>{words}</summary>
              <span className={css.quiet}>{names.join(', ')}</span>
            </details>
          </li>
        ))}
      </ul>
      {groups.length > 0 ? (
        <p className={css.note}>Reasons are worked out from the current settings, which may have changed since.</p>
      ) : null}
    </div>
  );
}

function Result({ recipient: { webhook, delivery }, here }: { recipient: EventRecipient; here: boolean }) {
  if (!delivery) return null;
  return (
    <span className={css.result}>
      {delivery.status === 'skipped' ? <span className={css.quiet}>Not sent: it was off.</span> : null}
      <StatusWord status={delivery.status} />
      {here ? (
        <span className={css.quiet}>this one</span>
      ) : (
        <TextLink
          to="/recruiter/api/deliveries/$id"
          params={{ id: delivery.id }}
          aria-label={`Open the delivery to ${webhookName(webhook)}`}
        >
          Open
        </TextLink>
      )}
    </span>
  );
}
