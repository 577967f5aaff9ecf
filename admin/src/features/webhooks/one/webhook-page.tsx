import { useQuery, queryOptions } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { eventTypesQuery } from '../../../api/event-types';
import { isStatus } from '../../../api/problem';
import { useMe } from '../../../api/session';
import type { WebhookDetail } from '../../../api/types';
import { describeSelection } from '../../../lib/event-selection';
import { isSigned } from '../../../lib/is-signed';
import { keptFor } from '../../../lib/retention';
import { shortDate } from '../../../lib/time';
import { shortAddress, webhookName } from '../../../lib/webhook-name';
import { CopyButton } from '../../../ui/copy-button';
import { IconBack } from '../../../ui/icons';
import { TextLink } from '../../../ui/link';
import { LiveToggle } from '../../../ui/live-toggle';
import { Page } from '../../../ui/page';
import { EmptyNote, LoadError, LoadingRows, StaleBar } from '../../../ui/states';
import { HealthWord } from '../../../ui/status';
import { LazyWebhookMenu } from '../menu/lazy-webhook-menu';
import { TestButton } from '../test/test-button';
import { WebhookSwitch } from '../webhook-switch';
import css from './webhook-page.module.css';
import { isInFlight, POLL_MS } from '../../../api/deliveries';
import { mustPoll } from '../../../api/live/live-state';
import { webhookQuery, type VersionedWebhook } from '../../../api/webhooks';

const route = getRouteApi('/signed-in/recruiter/api/webhooks/$id');

const back = (
  <TextLink to="/recruiter/api/webhooks" className={css.back}>
    <IconBack size={14} /> Webhooks
  </TextLink>
);

/** The frame of one webhook: its name, health, switch and test; below it the tabs Activity and Settings. */
export function WebhookPage() {
  const { id } = route.useParams();
  const me = useMe();
  const query = useQuery(liveWebhookQuery(id));
  if (query.data) {
    return (
      <Loaded
        webhook={query.data.webhook}
        stale={
          query.isError ? (
            <StaleBar error={query.error} what="this webhook" onRetry={() => void query.refetch()} />
          ) : null
        }
      />
    );
  }
  if (isStatus(query.error, 404)) {
    return (
      <Page title="Webhook not found" back={back}>
        <EmptyNote title="It was deleted, or it never existed.">
          Its deliveries stay visible for {keptFor(me)}.{' '}
          <TextLink to="/recruiter/api/deliveries">See all deliveries</TextLink>
        </EmptyNote>
      </Page>
    );
  }
  return (
    <Page title="Webhook" back={back}>
      {query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={5} height={76} label="Loading the webhook" />
      )}
    </Page>
  );
}

function Loaded({ webhook, stale }: { webhook: WebhookDetail; stale: React.ReactNode }) {
  const catalogue = useQuery(eventTypesQuery).data;
  const name = webhookName(webhook);
  return (
    <Page
      back={back}
      documentTitle={name}
      title={
        <span className={css.title}>
          {name} <HealthWord health={webhook.health} />
        </span>
      }
      intro={
        <span className={css.facts}>
          <span className={css.fact}>
            <span className={css.url}>{webhook.url ?? shortAddress(webhook)}</span>{' '}
            {webhook.url !== null && isSigned(webhook) ? (
              <CopyButton text={webhook.url} label="Copy" size="compact-xs" variant="subtle" className={css.copy} />
            ) : null}
          </span>
          <span className={css.fact}>Sends {describeSelection(webhook.events, catalogue)}</span>
          <span className={css.fact}>Created {shortDate(webhook.created_at)}</span>
        </span>
      }
      actions={
        <>
          <LiveToggle />
          <span className={css.power}>
            <WebhookSwitch webhook={webhook} withLabel />
          </span>
          <span className={css.test}>
            <TestButton webhook={webhook} shortcut />
          </span>
          <LazyWebhookMenu webhook={webhook} />
        </>
      }
    >
      <nav className={css.tabs} aria-label={name}>
        <Link
          to="/recruiter/api/webhooks/$id"
          params={{ id: webhook.id }}
          activeOptions={{ exact: true, includeSearch: false }}
          className={css.tab}
        >
          Activity
        </Link>
        {webhook.inbox_id ? (
          <Link to="/recruiter/api/webhooks/$id/inbox" params={{ id: webhook.id }} className={css.tab}>
            What arrived
          </Link>
        ) : null}
        <Link to="/recruiter/api/webhooks/$id/settings" params={{ id: webhook.id }} className={css.tab}>
          Settings
        </Link>
      </nav>
      {stale}
      <Outlet />
    </Page>
  );
}

/** One webhook, polled while deliveries are pending or the first one is awaited. */
const liveWebhookQuery = (id: string) =>
  queryOptions<VersionedWebhook>({
    ...(webhookQuery(id) as object),
    queryKey: webhookQuery(id).queryKey,
    refetchInterval: ({ state }) => (mustPoll() && state.data && isMoving(state.data) ? POLL_MS : false),
  });

function isMoving({ webhook }: VersionedWebhook): boolean {
  return webhook.recent_deliveries.length === 0 || webhook.recent_deliveries.some(isInFlight);
}
