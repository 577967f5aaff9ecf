import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../api/event-types';
import type { Webhook } from '../../../api/types';
import { useRowFocus } from '../../../ui/row-focus';
import { WebhookRow } from './webhook-row';
import css from './webhook-list.module.css';

/** @param stale the last refresh failed; the rows stay, greyed out. */
export function WebhookList({ webhooks, stale }: { webhooks: readonly Webhook[]; stale: boolean }) {
  const catalogue = useQuery(eventTypesQuery).data;
  const focus = useRowFocus<HTMLUListElement>(
    webhooks.map(({ id }) => id),
    'li',
  );
  return (
    <div className={css.card} data-stale={stale || undefined}>
      <div className={css.head} aria-hidden="true">
        <span>On</span>
        <span>Webhook</span>
        <span>Health</span>
        <span>Last 24 h</span>
        <span>Last delivery</span>
        <span />
      </div>
      <ul className={css.list} aria-label="Webhooks" {...focus}>
        {webhooks.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} catalogue={catalogue} />
        ))}
      </ul>
    </div>
  );
}
