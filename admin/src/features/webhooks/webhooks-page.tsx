import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { mustPoll } from '../../api/live/live-state';
import { useMe } from '../../api/session';
import type { Webhook } from '../../api/types';
import { webhooksQuery } from '../../api/webhooks';
import { adminsLine } from '../../copy';
import { deniedBecause } from '../../lib/rights';
import { GuardedButton } from '../../ui/guarded-button';
import { IconPlus } from '../../ui/icons';
import { LiveToggle } from '../../ui/live-toggle';
import { Page } from '../../ui/page';
import { InfoBar, LoadError, LoadingRows, StaleBar } from '../../ui/states';
import { FirstSteps } from './list/first-steps';
import { worstFirst, needAttention } from './list/attention';
import { ProblemsCard } from './list/problems-card';
import { WebhookList } from './list/webhook-list';

const Onboarding = lazy(() => import('./list/onboarding').then((module) => ({ default: module.Onboarding })));

/** Polling pace while something fails or before the first event, when health changes without a user action. */
const REFRESH_MS = 10_000;

export function WebhooksPage() {
  const me = useMe();
  const navigate = useNavigate();
  const query = useQuery({
    ...webhooksQuery,
    refetchInterval: ({ state }) => (mustPoll() && state.data?.some(isUnsettled) ? REFRESH_MS : false),
  });
  const denied = deniedBecause(me, 'webhooks.write', 'add webhooks');
  const addWebhook = () => void navigate({ to: '/recruiter/api/webhooks/new' });
  const addWithInbox = () => void navigate({ to: '/recruiter/api/webhooks/new', search: { address: 'inbox' } });
  const none = query.data?.length === 0;
  return (
    <Page
      title="Webhooks"
      actions={
        none ? null : (
          <>
            <LiveToggle />
            <GuardedButton denied={denied} leftSection={<IconPlus />} aria-keyshortcuts="N" onClick={addWebhook}>
              Add webhook
            </GuardedButton>
          </>
        )
      }
    >
      {denied && me.role !== 'admin' ? (
        <InfoBar>You can look, but not change webhooks. {adminsLine(me.admins)}</InfoBar>
      ) : null}
      {query.data ? (
        <>
          {query.isError ? (
            <StaleBar error={query.error} what="this list" onRetry={() => void query.refetch()} />
          ) : null}
          {none ? (
            <Suspense fallback={<LoadingRows rows={4} height={76} label="Loading the first steps" />}>
              <Onboarding denied={denied} onAdd={addWebhook} onUseInbox={addWithInbox} />
            </Suspense>
          ) : (
            <>
              <ProblemsCard items={needAttention(query.data)} of={query.data.length} />
              <FirstSteps webhooks={query.data} agencyId={me.agency.id} />
              <WebhookList webhooks={worstFirst(query.data)} stale={query.isError} />
            </>
          )}
        </>
      ) : query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={4} height={76} label="Loading webhooks" />
      )}
      <Outlet />
    </Page>
  );
}

function isUnsettled(webhook: Webhook): boolean {
  return (
    webhook.is_active && (webhook.failures_in_a_row > 0 || ['paused', 'slowed_down', 'new'].includes(webhook.health))
  );
}
