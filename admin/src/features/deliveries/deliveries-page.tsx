import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { deliveriesQuery, deliveryCountsQuery } from '../../api/deliveries';
import { Button } from '../../ui/kit';
import { ButtonLink } from '../../ui/link';
import { Page } from '../../ui/page';
import { EmptyNote, LoadError, LoadingRows, StaleBar } from '../../ui/states';
import { DeliveryFilters } from './list/delivery-filters';
import { DeliveryTable } from './list/delivery-table';
import { hasFilter, toFilter, type ListSearch } from './list/filter';
import css from './deliveries-page.module.css';

const route = getRouteApi('/signed-in/recruiter/api/deliveries');

export function DeliveriesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // The moment "last 24 hours" counts from stands still while the filter is the same, else every render were a new list.
  const filter = useMemo(
    () => toFilter(search),
    [search.status, search.webhook_id, search.event, search.response, search.q, search.period, search.tests],
  );
  const query = useInfiniteQuery({ ...deliveriesQuery(filter), placeholderData: keepPreviousData });
  const counts = useQuery({ ...deliveryCountsQuery(filter), placeholderData: keepPreviousData }).data;
  const rows = query.data?.pages.flatMap((page) => page.data);

  function change(part: ListSearch): void {
    void navigate({ search: (previous) => ({ ...previous, ...part }), replace: true, resetScroll: false });
  }

  const clear = () => void navigate({ search: {}, replace: true });
  return (
    <Page title="Deliveries" intro="Every event we sent to your webhooks in the last 30 days.">
      <DeliveryFilters search={search} counts={counts} onChange={change} onClear={clear} />
      {rows && query.isError ? (
        <StaleBar error={query.error} what="this list" onRetry={() => void query.refetch()} />
      ) : null}
      {rows ? (
        <Rows rows={rows} filtered={hasFilter(search)} onClear={clear}>
          <DeliveryTable
            deliveries={rows}
            label="Deliveries"
            openId={search.delivery}
            stale={query.isError || query.isPlaceholderData}
          />
        </Rows>
      ) : query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={8} height={56} label="Loading deliveries" />
      )}
      {rows && rows.length > 0 ? (
        <div className={css.foot}>
          <span role="status">
            Showing {rows.length}
            {query.hasNextPage ? ' so far' : rows.length === 1 ? ' delivery' : ' deliveries'}
          </span>
          {query.hasNextPage ? (
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Load more
            </Button>
          ) : null}
        </div>
      ) : null}
    </Page>
  );
}

interface RowsProps {
  rows: readonly unknown[];
  filtered: boolean;
  onClear: () => void;
  children: React.ReactNode;
}

function Rows({ rows, filtered, onClear, children }: RowsProps) {
  if (rows.length > 0) return children;
  if (filtered) {
    return (
      <EmptyNote
        title="No deliveries match."
        action={
          <Button variant="default" onClick={onClear}>
            Clear filters
          </Button>
        }
      >
        We keep deliveries for 30 days.
      </EmptyNote>
    );
  }
  return (
    <EmptyNote
      title="No deliveries yet."
      action={
        <ButtonLink variant="default" to="/recruiter/api/webhooks">
          Go to Webhooks
        </ButtonLink>
      }
    >
      They appear here when something happens in BPOC and a webhook asks for it.
    </EmptyNote>
  );
}
