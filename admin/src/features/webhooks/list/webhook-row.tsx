import { Link } from '@tanstack/react-router';
import type { EventTypeList, Webhook } from '../../../api/types';
import { reasonWords } from '../../../lib/failure-sentence';
import { summariseSelection } from '../../../lib/event-selection';
import { total } from '../../../lib/bars';
import { missingCount } from '../../../lib/not-delivered';
import { offSentence } from '../../../lib/off-words';
import { shortDate } from '../../../lib/time';
import { shortAddress, webhookName } from '../../../lib/webhook-name';
import { Ago } from '../../../ui/ago';
import { HealthWord } from '../../../ui/status';
import { WebhookSwitch } from '../webhook-switch';
import { Sparkline } from './sparkline';
import { LazyWebhookMenu } from '../menu/lazy-webhook-menu';
import { TestIcon } from '../test/test-button';
import css from './webhook-list.module.css';
import page from '../../../ui/page.module.css';

interface WebhookRowProps {
  webhook: Webhook;
  catalogue: EventTypeList | undefined;
}

/** The whole row links to the webhook, with the switch and the menu on top of that link. */
export function WebhookRow({ webhook, catalogue }: WebhookRowProps) {
  return (
    <li data-row className={css.row}>
      <div className={css.switch}>
        <WebhookSwitch webhook={webhook} />
      </div>
      <div className={css.name}>
        <Link to="/recruiter/api/webhooks/$id" params={{ id: webhook.id }} className={`${page.rowLink} ${css.link}`}>
          {webhookName(webhook)}
        </Link>
        <span className={css.sub}>
          <span className={css.address}>{shortAddress(webhook)}</span>
          <span className={css.dot} aria-hidden="true">
            {' · '}
          </span>
          <span>{summariseSelection(webhook.events, catalogue)}</span>
        </span>
      </div>
      <div className={css.health}>
        <HealthWord health={webhook.health} about={webhook.health === 'off' ? offSentence(webhook) : undefined} />
        <HealthNote webhook={webhook} />
      </div>
      <Day webhook={webhook} />
      <div className={css.last}>
        <LastDelivery webhook={webhook} />
      </div>
      <div className={css.menu}>
        <TestIcon webhook={webhook} />
        <LazyWebhookMenu webhook={webhook} />
      </div>
    </li>
  );
}

function HealthNote({ webhook }: { webhook: Webhook }) {
  if (webhook.health === 'off') {
    const by = webhook.off_reason !== null && webhook.off_reason !== 'person' ? 'by us ' : '';
    return webhook.off_at ? (
      <span className={css.sub}>
        {by}since {shortDate(webhook.off_at)}
      </span>
    ) : null;
  }
  return null;
}

/** The last day hour by hour and in numbers. */
function Day({ webhook }: { webhook: Webhook }) {
  const { last_24h, not_delivered: missing } = webhook;
  if (last_24h.hours.every((hour) => total(hour) === 0) && missing.count === 0) {
    return <div className={`${css.day} ${css.nothing}`}>–</div>;
  }
  return (
    <div className={css.day}>
      <Sparkline webhook={webhook} />
      <span className={css.dayNumbers}>
        {last_24h.delivered.toLocaleString('en')} delivered
        {missing.count > 0 ? <span className={css.bad}> · {missingCount(missing)} not</span> : null}
      </span>
    </div>
  );
}

function LastDelivery({ webhook }: { webhook: Webhook }) {
  const last = webhook.last_delivery;
  if (last === null) return <span className={css.quiet}>No delivery yet</span>;
  const failed = last.reason !== null && last.reason !== 'ok';
  return (
    <>
      <Ago iso={last.at} />
      <span
        className={failed ? css.bad : css.quiet}
        title={last.reason ? reasonWords(last.reason, webhook).sentence : undefined}
      >
        {' · '}
        {last.response_status ?? 'no answer'}
      </span>
    </>
  );
}
