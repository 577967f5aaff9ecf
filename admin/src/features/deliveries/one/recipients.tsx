import { useQuery } from '@tanstack/react-query';
import { eventQuery } from '../../../api/events';
import { isStatus } from '../../../api/problem';
import { useMe } from '../../../api/session';
import type { EventRecipient, RecipientResult } from '../../../api/types';
import { keptFor } from '../../../lib/retention';
import { webhookName } from '../../../lib/webhook-name';
import { TextLink } from '../../../ui/link';
import { InfoBar, LoadError, LoadingRows } from '../../../ui/states';
import { StatusWord } from '../../../ui/status';
import css from './recipients.module.css';

/** Why a webhook got no delivery. `told` has a delivery, whose status is shown instead. */
const WHY_NOT: Record<Exclude<RecipientResult, 'told'>, string> = {
  off: 'Not sent: it was off.',
  deleted: 'Not sent: it was deleted before.',
  not_subscribed: 'Not sent: not subscribed to this event.',
  conditions: 'Not sent: it did not meet the conditions.',
  created_later: 'Not sent: it was added later.',
  subscribed_later: 'Not sent: it was not yet subscribed to this event.',
};

/** Every webhook, and whether it got the event: answers "why did they not get it?". */
export function Recipients({ eventId, deliveryId }: { eventId: string; deliveryId: string }) {
  const me = useMe();
  const query = useQuery(eventQuery(eventId));
  if (isStatus(query.error, 404)) {
    return <InfoBar>This is not known any more. We keep events for {keptFor(me)}.</InfoBar>;
  }
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingRows rows={2} height={56} label="Loading which webhooks got it" />
    );
  }
  const { recipients } = query.data;
  return (
    <div className={css.recipients}>
      <ul className={css.list} aria-label="Which webhooks got it">
        {recipients.map((recipient) => (
          <li key={recipient.webhook.id} className={css.item}>
            <strong className={css.name}>
              {webhookName(recipient.webhook)}
              {recipient.webhook.deleted ? ' (deleted)' : ''}
            </strong>
            <Result recipient={recipient} here={recipient.delivery?.id === deliveryId} />
          </li>
        ))}
      </ul>
      {recipients.some(({ result }) => result !== 'told') ? (
        <p className={css.note}>
          Why one did not get it is worked out from its present settings. They may have been others then.
        </p>
      ) : null}
    </div>
  );
}

function Result({ recipient: { webhook, result, delivery }, here }: { recipient: EventRecipient; here: boolean }) {
  return (
    <span className={css.result}>
      {result === 'told' ? null : <span className={css.quiet}>{WHY_NOT[result]}</span>}
      {delivery ? <StatusWord status={delivery.status} /> : null}
      {here ? <span className={css.quiet}>this one</span> : null}
      {delivery && !here ? (
        <TextLink
          to="/recruiter/api/deliveries/$id"
          params={{ id: delivery.id }}
          aria-label={`Open the delivery to ${webhookName(webhook)}`}
        >
          Open
        </TextLink>
      ) : null}
    </span>
  );
}
