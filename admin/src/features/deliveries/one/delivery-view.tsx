import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeliveryDetail } from '../../../api/types';
import { useMe } from '../../../api/session';
import { developerReport } from '../../../lib/developer-report';
import { deniedBecause } from '../../../lib/rights';
import { clockTime } from '../../../lib/time';
import { CopyButton } from '../../../ui/copy-button';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconRetry } from '../../../ui/icons';
import { TextLink } from '../../../ui/link';
import { webhookName } from '../../../lib/webhook-name';
import { eventTypesQuery } from '../../../api/event-types';
import { cannotResend, useResend } from '../resend/use-resend';
import { MessageTabs } from './message-tabs';
import { SameFailure } from './same-failure';
import { Timeline } from './timeline';
import { verdictOf } from './verdict';
import css from './delivery-view.module.css';

interface DeliveryViewProps {
  delivery: DeliveryDetail;
  /** Called after Resend: the screen then watches for the new try. */
  onResent: () => void;
}

/** The inspector: what happened and what to do, then how it went try by try, then the bytes. */
export function DeliveryView({ delivery, onResent }: DeliveryViewProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const verdict = verdictOf(delivery);
  const last = delivery.timeline.at(-1)?.n ?? null;
  const shown = chosen ?? last;
  return (
    <div className={css.view}>
      <section className={css.verdict} data-status={delivery.status} aria-label="What happened">
        <p className={css.sentence}>
          {verdict.sentence} {verdict.technical ? <span className={css.technical}>{verdict.technical}</span> : null}
        </p>
        {verdict.advice.length > 0 ? <p>{verdict.advice.join(' ')}</p> : null}
        <Actions delivery={delivery} onResent={onResent} />
        <SameFailure delivery={delivery} />
      </section>
      <Facts delivery={delivery} />
      <Timeline delivery={delivery} shown={shown} onShow={setChosen} />
      <MessageTabs delivery={delivery} attempt={shown} />
    </div>
  );
}

function Actions({ delivery, onResent }: DeliveryViewProps) {
  const me = useMe();
  const resend = useResend(delivery);
  const denied = deniedBecause(me, 'deliveries.resend', 'resend deliveries') ?? cannotResend(delivery);
  const planned = delivery.status === 'retrying' && delivery.next_attempt_at;
  const done = delivery.status === 'delivered';
  return (
    <div className={css.actions}>
      <GuardedButton
        denied={denied}
        variant={done ? 'default' : 'filled'}
        leftSection={<IconRetry />}
        aria-keyshortcuts="R"
        loading={resend.isPending}
        onClick={() => resend.mutate(undefined, { onSuccess: onResent })}
      >
        {planned ? `Send now (instead of ${clockTime(planned)})` : 'Resend'}
      </GuardedButton>
      {delivery.timeline.length > 0 && !done ? (
        <CopyButton label="Copy details for developer" text={() => report(delivery)} />
      ) : null}
    </div>
  );
}

function report(delivery: DeliveryDetail): string {
  return developerReport({
    url: delivery.webhook.url,
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    event: delivery.event,
    attempts: delivery.timeline,
  });
}

function Facts({ delivery }: { delivery: DeliveryDetail }) {
  const entry = useQuery(eventTypesQuery).data?.data.find((type) => type.type === delivery.event);
  return (
    <dl className={css.facts}>
      <div>
        <dt>Webhook</dt>
        <dd>
          {delivery.webhook.deleted ? (
            `${webhookName(delivery.webhook)} (deleted)`
          ) : (
            <TextLink to="/recruiter/api/webhooks/$id" params={{ id: delivery.webhook.id }}>
              {webhookName(delivery.webhook)}
            </TextLink>
          )}
        </dd>
      </div>
      <div>
        <dt>Event</dt>
        <dd>
          {entry ? (
            <TextLink to="/recruiter/api/guide/events/$type" params={{ type: entry.type }}>
              <code>{delivery.event}</code>
            </TextLink>
          ) : (
            <code>{delivery.event}</code>
          )}
        </dd>
      </div>
      {delivery.subject ? (
        <div>
          <dt>About</dt>
          <dd>
            {delivery.subject.kind} <code>{delivery.subject.id}</code>
          </dd>
        </div>
      ) : null}
      <div>
        <dt>Delivery id</dt>
        <dd>
          <code>{delivery.id}</code>{' '}
          <CopyButton text={delivery.id} label="Copy id" size="compact-xs" variant="subtle" aria-keyshortcuts="C" />
        </dd>
      </div>
      <div>
        <dt>Event id</dt>
        <dd>
          <code>{delivery.event_id}</code>
        </dd>
      </div>
    </dl>
  );
}
