import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMe } from '../../api/session';
import { deniedBecause } from '../../lib/rights';
import { ExportButton } from '../../ui/export-button';
import { LiveToggle } from '../../ui/live-toggle';
import { NewPill } from '../../ui/new-pill';
import { Page } from '../../ui/page';
import { ResendAllButton } from '../../ui/resend-all-button';
import { LoadError, LoadingRows, StaleBar } from '../../ui/states';
import { DeliveryFilters } from './list/delivery-filters';
import { resendOffer, toFilter, totalOf, type ListSearch } from './list/filter';
import { DeliveryList } from './list/delivery-list';
import { useMatchWords } from './list/match-words';
import { NoDeliveries } from './list/no-deliveries';
import { usePlace, useRestoredScroll } from './list/place';
import { useList } from './list/use-list';
import css from './deliveries-page.module.css';

const route = getRouteApi('/signed-in/recruiter/api/deliveries');

export function DeliveriesPage() {
  const { delivery: openId, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const key = JSON.stringify(search);

  function change(part: ListSearch): void {
    void navigate({ search: (previous) => ({ ...previous, ...part }), replace: true, resetScroll: false });
  }

  const clear = () => void navigate({ search: {}, replace: true });
  const { place, cameBack } = usePlace(key);
  // The start of "last 24 hours" stays fixed while the filter is the same; otherwise every render would make a new
  // list.
  const filter = useMemo(() => toFilter(JSON.parse(key) as ListSearch, place.now), [key, place]);
  const { query, rows, counts, full, showNew, tryAgain } = useList(filter, cameBack);
  useRestoredScroll(place, cameBack);
  const matched = useMatchWords(search.q);
  const denied = deniedBecause(useMe(), 'exports.read', 'export deliveries');
  const all = resendOffer(filter, counts.data);

  return (
    <Page
      title="Deliveries"
      actions={
        <>
          {all && search.status ? <ResendAllButton request={() => all.request}>{all.label}</ResendAllButton> : null}
          <ExportButton what="deliveries" filter={{ ...filter }} denied={denied} />
          <LiveToggle />
        </>
      }
    >
      <DeliveryFilters
        search={search}
        counts={counts.data}
        counting={counts.awaited}
        onChange={change}
        onClear={clear}
      />
      {rows && query.isError ? <StaleBar error={query.error} what="this list" onRetry={tryAgain} /> : null}
      {rows ? <NewPill filter={filter} rows={rows} complete={!query.hasNextPage && !full} onShow={showNew} /> : null}
      {matched && rows?.length && !query.isPlaceholderData ? (
        <p className={css.matched} role="status">
          {matched}
        </p>
      ) : null}
      {/* Another filter, another list: until its rows are there, those of the filter before. */}
      <div key={key} className={css.list} aria-busy={query.isPending || query.isPlaceholderData}>
        {rows && rows.length > 0 ? (
          <DeliveryList
            rows={rows}
            openId={openId}
            place={place}
            stale={query.isError || query.isPlaceholderData}
            all={search.status ? null : all}
            total={totalOf(filter, counts.data)}
            more={{
              there: query.hasNextPage,
              loading: query.isFetchingNextPage,
              load: () => void query.fetchNextPage(),
            }}
            onOlder={full ? (to) => change({ to }) : null}
          />
        ) : rows && !query.isPlaceholderData ? (
          <NoDeliveries search={search} onClear={clear} />
        ) : query.isError ? (
          <LoadError error={query.error} onRetry={tryAgain} />
        ) : (
          <LoadingRows rows={8} height={56} label="Loading deliveries" />
        )}
      </div>
    </Page>
  );
}
