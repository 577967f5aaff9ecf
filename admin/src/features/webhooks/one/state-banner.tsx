import { useQuery } from '@tanstack/react-query';
import { failureGroupsQuery } from '../../../api/failure-groups';
import type { WebhookDetail } from '../../../api/types';
import { healthWords, offWords } from '../../../copy';
import { failedAt } from '../../../lib/failure-group';
import { fullTime } from '../../../lib/time';
import { ButtonLink } from '../../../ui/link';
import { ResendAllButton } from '../../../ui/resend-all-button';
import type { Attention } from '../list/attention';
import css from './activity.module.css';

/** What is wrong with this webhook, who mends it and what happens next; or that it is off. Nothing when all is well. */
export function StateBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention | null }) {
  if (attention) return <AttentionBanner webhook={webhook} attention={attention} />;
  if (webhook.is_active) return null;
  return (
    <section className={css.banner} data-tone="quiet">
      <h2>{webhook.off_reason ? offWords[webhook.off_reason] : 'This webhook is off.'}</h2>
      <p>
        {healthWords.off.meaning} {webhook.off_at ? `Off since ${fullTime(webhook.off_at)}.` : null}
      </p>
    </section>
  );
}

function AttentionBanner({ webhook, attention }: { webhook: WebhookDetail; attention: Attention }) {
  const offer = failedAt(webhook.id, useQuery(failureGroupsQuery(webhook.id)).data);
  const next = attention.next.join(' · ');
  return (
    <section className={css.banner} data-tone={attention.tone}>
      <h2>
        {attention.what} {attention.technical ? <span className={css.technical}>{attention.technical}</span> : null}
      </h2>
      <p>{attention.help}</p>
      {next ? <p className={css.next}>{next.charAt(0).toUpperCase() + next.slice(1)}</p> : null}
      <div className={css.bannerActions}>
        <ButtonLink
          variant="default"
          size="xs"
          to="/recruiter/api/deliveries"
          search={{ webhook_id: webhook.id, status: webhook.is_active ? 'failed' : 'skipped' }}
        >
          {webhook.is_active ? 'See failed deliveries' : 'See skipped deliveries'}
        </ButtonLink>
        {offer ? (
          <ResendAllButton size="xs" request={() => offer.request}>
            {offer.label}
          </ResendAllButton>
        ) : null}
      </div>
    </section>
  );
}
