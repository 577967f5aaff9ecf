import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { deliveryQuery } from '../../../api/deliveries';
import { failureGroupsQuery } from '../../../api/failure-groups';
import type { WebhookDetail } from '../../../api/types';
import { developerReport } from '../../../lib/developer-report';
import { failedAt } from '../../../lib/failure-group';
import { CopyButton } from '../../../ui/copy-button';
import { ButtonLink } from '../../../ui/link';
import { Phrases } from '../../../ui/phrases';
import { ResendAllButton } from '../../../ui/resend-all-button';
import type { Attention } from '../list/attention';
import { TestButton } from '../test/test-button';
import { useTurnOn } from '../use-turn-on';
import css from './activity.module.css';
import { OffBanner } from './off-banner';

/** What is wrong with this webhook, who can fix it and what happens next; or that it is off. Empty when all is well. */
export function StateBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention | null }) {
  // Held here, because the question that follows outlives the banner that says it is off.
  const power = useTurnOn(webhook);
  useFocusWhenOn(webhook.is_active);
  return (
    <>
      {webhook.is_active ? null : <OffBanner webhook={webhook} help={attention?.help ?? null} power={power} />}
      {webhook.is_active && attention ? <FailingBanner webhook={webhook} attention={attention} /> : null}
      {power.dialog}
    </>
  );
}

/** The button that turned it on is gone then: the focus goes to the heading instead of getting lost. */
function useFocusWhenOn(active: boolean): void {
  const before = useRef(active);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (active && !before.current && lost) document.querySelector('h1')?.focus({ preventScroll: true });
    before.current = active;
  }, [active]);
}

function FailingBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention }) {
  const failures = useQuery(failureGroupsQuery(webhook.id)).data;
  const offer = failedAt(webhook.id, failures);
  const newest = failures?.data.find((group) => group.webhook.id === webhook.id)?.newest_delivery_id;
  return (
    <section className={css.banner} data-tone={attention.tone}>
      <h2>
        {attention.what} {attention.technical ? <span className={css.technical}>{attention.technical}</span> : null}
      </h2>
      <p>{attention.help}</p>
      {attention.next.length > 0 ? (
        <p className={css.next}>
          <Phrases phrases={attention.next} />
        </p>
      ) : null}
      <div className={css.bannerActions}>
        {newest ? <CopyDetails deliveryId={newest} url={webhook.url} /> : null}
        <TestButton webhook={webhook} label="Send a test" size="xs" />
        {offer ? (
          <ResendAllButton size="xs" request={() => offer.request}>
            {offer.label}
          </ResendAllButton>
        ) : null}
        {webhook.health === 'slowed_down' ? null : (
          <ButtonLink
            variant="default"
            size="xs"
            to="/recruiter/api/deliveries"
            search={{ webhook_id: webhook.id, status: 'failed' }}
          >
            See failed deliveries
          </ButtonLink>
        )}
      </div>
    </section>
  );
}

/** Loaded with the banner: a browser lets a page copy only at the press itself. */
function CopyDetails({ deliveryId, url }: { deliveryId: string; url: string }) {
  const delivery = useQuery({ ...deliveryQuery(deliveryId), refetchInterval: false, staleTime: 60_000 }).data;
  if (!delivery) return null;
  const { id, event_id, event, timeline } = delivery;
  return (
    <CopyButton
      size="xs"
      label="Copy details for developer"
      text={() => developerReport({ url, deliveryId: id, eventId: event_id, event, attempts: timeline })}
    />
  );
}
