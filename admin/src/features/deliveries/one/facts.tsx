import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { DeliveryDetail } from '../../../api/types';
import { capital } from '../../../lib/capital';
import { webhookName } from '../../../lib/webhook-name';
import { CopyButton } from '../../../ui/copy-button';
import { Button } from '../../../ui/kit';
import { TextLink } from '../../../ui/link';
import { RecordReference } from '../record-reference';
import css from './delivery-view.module.css';

const Recipients = lazy(() => import('../recipients').then((module) => ({ default: module.Recipients })));

/** What it is about, who else got it, and the ids by which both sides find it. */
export function Facts({ delivery }: { delivery: DeliveryDetail }) {
  return (
    <div className={css.about}>
      <About delivery={delivery} />
      <Ids delivery={delivery} />
    </div>
  );
}

function About({ delivery }: { delivery: DeliveryDetail }) {
  const [asking, setAsking] = useState(false);
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
            <RecordReference of={delivery} />
          </dd>
        </div>
      ) : null}
      <div>
        <dt>Recipients</dt>
        <dd>
          <Button
            variant="subtle"
            size="compact-xs"
            className={css.ask}
            aria-expanded={asking}
            onClick={() => setAsking(!asking)}
          >
            Which webhooks got this event?
          </Button>
          <Suspense>{asking ? <Recipients eventId={delivery.event_id} deliveryId={delivery.id} /> : null}</Suspense>
        </dd>
      </div>
    </dl>
  );
}

/** Ids for developers; other people recognise deliveries by what they are about. */
function Ids({ delivery }: { delivery: DeliveryDetail }) {
  return (
    <details className={css.ids}>
      <summary>Ids</summary>
      <dl className={css.facts}>
        <div>
          <dt>Delivery id</dt>
          <dd className={css.id}>
            <code>{delivery.id}</code>{' '}
            <CopyButton
              text={delivery.id}
              label="Copy id"
              size="compact-xs"
              variant="subtle"
              className={css.copy}
              aria-keyshortcuts="C"
            />
          </dd>
        </div>
        <div>
          <dt>Event id</dt>
          <dd>
            <code>{delivery.event_id}</code>
          </dd>
        </div>
        {delivery.subject ? (
          <div>
            <dt>{capital(delivery.subject.kind)} id</dt>
            <dd>
              <code>{delivery.subject.id}</code>
            </dd>
          </div>
        ) : null}
      </dl>
    </details>
  );
}
