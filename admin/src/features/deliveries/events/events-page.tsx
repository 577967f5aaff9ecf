import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useMe } from '../../../api/session';
import { webhooksQuery } from '../../../api/webhooks';
import { keptFor } from '../../../lib/retention';
import { deniedBecause } from '../../../lib/rights';
import { ExportButton } from '../../../ui/export-button';
import { Button } from '../../../ui/kit';
import { LiveToggle } from '../../../ui/live-toggle';
import { Page } from '../../../ui/page';
import { EmptyNote, LoadError, LoadingRows, StaleBar } from '../../../ui/states';
import { EventSelect } from '../list/event-select';
import { toFilter, type ListSearch } from '../list/filter';
import { searchable, useMatchWords } from '../list/match-words';
import { SearchField } from '../list/search-field';
import { TimeRange, TimeSelect } from '../list/time-filter';
import { EventRow } from './event-row';
import { useEvents } from './use-events';
import css from './events-page.module.css';

const route = getRouteApi('/signed-in/recruiter/api/events');

/** All events, including those that no webhook got. */
export function EventsPage() {
  const { open, delivery: _delivery, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const key = JSON.stringify(search);
  // The start of "last 24 hours" stays fixed while the filter is the same.
  const filter = useMemo(() => {
    const { status: _status, reason: _reason, ...rest } = toFilter(JSON.parse(key) as ListSearch);
    return rest;
  }, [key]);
  const { query, rows, unseen, showNew } = useEvents(filter);
  const webhooks = useQuery(webhooksQuery).data?.length;
  const matched = useMatchWords(search.q);
  const denied = deniedBecause(useMe(), 'exports.read', 'export events');
  const filtered = Object.values(search).some((value) => value !== undefined);
  const change = (part: ListSearch) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: {}, replace: true });

  return (
    <Page
      title="Events"
      intro="Everything that happened, and which webhooks got it."
      actions={
        <>
          <ExportButton what="events" filter={{ ...filter }} denied={denied} />
          <LiveToggle />
        </>
      }
    >
      <Filters search={search} onChange={change} onClear={filtered ? clear : null} />
      {rows && query.isError ? (
        <StaleBar error={query.error} what="this list" onRetry={() => void query.refetch()} />
      ) : null}
      {unseen > 0 ? (
        <Button variant="light" className={css.unseen} onClick={showNew}>
          {unseen.toLocaleString('en')} new {unseen === 1 ? 'event' : 'events'} — Show
        </Button>
      ) : null}
      {matched && rows?.length && !query.isPlaceholderData ? (
        <p className={css.matched} role="status">
          {matched}
        </p>
      ) : null}
      {rows && rows.length > 0 ? (
        <ul className={css.list} aria-label="Events" aria-busy={query.isPlaceholderData}>
          {rows.map((event) => (
            <EventRow key={event.id} event={event} webhooks={webhooks} open={event.id === open} />
          ))}
        </ul>
      ) : rows ? (
        <NoEvents q={search.q} onClear={filtered ? clear : null} />
      ) : query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <LoadingRows rows={8} height={62} label="Loading events" />
      )}
      {query.hasNextPage ? (
        <div className={css.foot}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      ) : null}
    </Page>
  );
}

interface FiltersProps {
  search: ListSearch;
  onChange: (part: ListSearch) => void;
  /** null: nothing to clear. */
  onClear: (() => void) | null;
}

function Filters({ search, onChange, onClear }: FiltersProps) {
  const [asking, setAsking] = useState(false);
  return (
    <div className={css.filters} role="search" aria-label="Filter events">
      <div className={css.selects}>
        <SearchField value={search.q ?? ''} onSearch={(q) => onChange({ q: q || undefined })} />
        <EventSelect value={search.event} onChange={(event) => onChange({ event })} />
        <TimeSelect search={search} asking={asking} onAsk={setAsking} onChange={onChange} />
        {onClear ? (
          <Button variant="subtle" onClick={onClear}>
            Clear filters
          </Button>
        ) : null}
      </div>
      {asking || search.from || search.to ? (
        <TimeRange key={`${search.from} ${search.to}`} search={search} onChange={onChange} />
      ) : null}
    </div>
  );
}

function NoEvents({ q, onClear }: { q: string | undefined; onClear: (() => void) | null }) {
  const me = useMe();
  if (!onClear) return <EmptyNote title="No events yet.">They appear here when something happens in BPOC.</EmptyNote>;
  return (
    <EmptyNote
      title="No events match."
      action={
        <Button variant="default" onClick={onClear}>
          Clear filters
        </Button>
      }
    >
      {q ? `Nothing matches “${q}”. ${searchable(me)} ` : null}We keep events for {keptFor(me)}.
    </EmptyNote>
  );
}
