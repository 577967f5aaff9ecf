import { useQuery } from '@tanstack/react-query';
import { failureGroupsQuery } from '../../../api/failure-groups';
import type { DeliveryDetail, Reason } from '../../../api/types';
import { failedAt, groupSearch } from '../../../lib/failure-group';
import { TextLink } from '../../../ui/link';
import { ResendAllButton } from '../../../ui/resend-all-button';
import css from './delivery-view.module.css';

/** "41 other deliveries failed the same way": tells a bad message from an outage. Hidden when there are none. */
export function SameFailure({ delivery }: { delivery: DeliveryDetail }) {
  const { status, reason } = delivery;
  if ((status !== 'failed' && status !== 'retrying') || reason === null) return null;
  return <Others delivery={delivery} reason={reason} />;
}

/** Retried ones are not resent with the rest. */
function retried(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'is' : 'are'} still being retried`;
}

function Others({ delivery, reason }: { delivery: DeliveryDetail; reason: Reason }) {
  const { data } = useQuery(failureGroupsQuery(delivery.webhook.id));
  const group = data?.data.find((entry) => entry.webhook.id === delivery.webhook.id && entry.reason === reason);
  if (!data || !group) return null;
  // The groups do not include tests and older deliveries.
  const counted = !delivery.test && delivery.created_at >= data.from;
  const others = group.count - (counted ? 1 : 0);
  if (others < 1) return null;
  const offer = group.failed > 1 || !counted ? failedAt(delivery.webhook.id, data, reason) : null;
  return (
    <div className={css.others}>
      <p>
        <TextLink underline="always" to="/recruiter/api/deliveries" search={groupSearch(delivery.webhook.id, reason)}>
          {data.capped ? 'At least ' : ''}
          {others.toLocaleString('en-GB')} other {others === 1 ? 'delivery' : 'deliveries'} failed the same way
        </TextLink>{' '}
        in the last 24 hours{group.retrying > 0 && group.failed > 0 ? `; ${retried(group.retrying)}` : ''}.
      </p>
      {offer ? (
        <ResendAllButton size="xs" request={() => offer.request}>
          {offer.label}
        </ResendAllButton>
      ) : null}
    </div>
  );
}
