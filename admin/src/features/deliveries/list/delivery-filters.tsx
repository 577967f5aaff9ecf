import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { DeliveryCounts } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { deliveryStatuses } from '../../../copy';
import type { ResendOffer } from '../../../lib/failure-group';
import { covers, singular } from '../../../lib/event-selection';
import { webhookName } from '../../../lib/webhook-name';
import { IconSearch } from '../../../ui/icons';
import { Button, NativeSelect, TextInput } from '../../../ui/kit';
import { StatusWord } from '../../../ui/status';
import { ResendAllButton } from '../../../ui/resend-all-button';
import { AnswerFilter } from './answer-filter';
import { ExtraFilters } from './extra-filters';
import { hasFilter, STATUSES, type ListSearch } from './filter';
import css from './delivery-filters.module.css';

interface DeliveryFiltersProps {
  search: ListSearch;
  counts: DeliveryCounts | undefined;
  resendAll: ResendOffer | null;
  onChange: (change: ListSearch) => void;
  onClear: () => void;
}

const PERIODS = [
  { value: '', label: 'Any time' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
];

const TESTS = [
  { value: '', label: 'Without tests' },
  { value: 'any', label: 'With tests' },
  { value: 'only', label: 'Tests only' },
];

/** All filters live in the address bar, so a link shows somebody else the same list. */
export function DeliveryFilters({ search, counts, resendAll, onChange, onClear }: DeliveryFiltersProps) {
  return (
    <div className={css.filters} role="search" aria-label="Filter deliveries">
      <div className={css.selects}>
        <SearchField value={search.q ?? ''} onSearch={(q) => onChange({ q: q || undefined })} />
        <Selects search={search} onChange={onChange} />
      </div>
      <div className={css.chips}>
        <div className={css.chipRow} role="group" aria-label="Status">
          <Chip pressed={!search.status} onClick={() => onChange({ status: undefined })}>
            All <Count count={counts?.total} />
          </Chip>
          {STATUSES.map((status) => (
            <Chip
              key={status}
              pressed={search.status?.split(',').includes(status) ?? false}
              onClick={() => onChange({ status: search.status === status ? undefined : status })}
              title={deliveryStatuses[status].meaning}
            >
              <StatusWord status={status} /> <Count count={counts?.[status]} />
            </Chip>
          ))}
        </div>
        <ExtraFilters search={search} onChange={onChange} />
        {hasFilter(search) ? (
          <Button variant="subtle" size="compact-sm" onClick={onClear}>
            Clear filters
          </Button>
        ) : null}
        {resendAll && search.status ? (
          <ResendAllButton size="compact-sm" className={css.resendAll} request={() => resendAll.request}>
            {resendAll.label}
          </ResendAllButton>
        ) : null}
      </div>
    </div>
  );
}

function Selects({ search, onChange }: Pick<DeliveryFiltersProps, 'search' | 'onChange'>) {
  const webhooks = useQuery(webhooksQuery).data ?? [];
  const catalogue = useQuery(eventTypesQuery).data;
  const events = [
    { value: '', label: 'Any event' },
    ...(catalogue?.groups.map((group) => ({
      group: group.title,
      items: [
        { value: group.pattern, label: `All ${singular(group.title)} events` },
        ...catalogue.data
          .filter((entry) => covers(group.pattern, entry.type))
          .map((entry) => ({ value: entry.type, label: entry.title })),
      ],
    })) ?? []),
  ];
  const webhookChoices = [
    { value: '', label: 'Any webhook' },
    ...webhooks.map((webhook) => ({ value: webhook.id, label: webhookName(webhook) })),
  ];
  return (
    <>
      <NativeSelect
        aria-label="Webhook"
        aria-keyshortcuts="F"
        value={search.webhook_id ?? ''}
        data={withUnknown(webhookChoices, search.webhook_id, 'A deleted webhook')}
        onChange={(event) => onChange({ webhook_id: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        aria-label="Event"
        value={search.event ?? ''}
        data={withUnknown(events, search.event, search.event ?? '')}
        onChange={(event) => onChange({ event: event.currentTarget.value || undefined })}
      />
      <AnswerFilter value={search.response} onChange={(response) => onChange({ response })} />
      <NativeSelect
        aria-label="Time"
        value={search.from ? '' : (search.period ?? '')}
        data={PERIODS}
        onChange={(event) => {
          const period = (event.currentTarget.value || undefined) as ListSearch['period'];
          onChange({ period, from: undefined, to: undefined });
        }}
      />
      <NativeSelect
        aria-label="Tests"
        value={search.tests ?? ''}
        data={TESTS}
        onChange={(event) => onChange({ tests: (event.currentTarget.value || undefined) as ListSearch['tests'] })}
      />
    </>
  );
}

interface Choice {
  value: string;
  label: string;
}

interface ChoiceGroup {
  group: string;
  items: Choice[];
}

/** A link may carry a value the list does not know (a deleted webhook, an event of an older release): it stays visible as what it is. */
function withUnknown(choices: readonly (Choice | ChoiceGroup)[], value: string | undefined, label: string) {
  const known = choices.flatMap((choice) => ('items' in choice ? choice.items : [choice]));
  if (!value || known.some((choice) => choice.value === value)) return [...choices];
  return [...choices, { value, label }];
}

function SearchField({ value, onSearch }: { value: string; onSearch: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  // Follows the address bar without being made anew, which would lose the focus of who has just pressed Enter.
  const [followed, setFollowed] = useState(value);
  if (followed !== value) {
    setFollowed(value);
    setTyped(value);
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    onSearch(typed.trim());
  }
  return (
    <form onSubmit={submit} className={css.search}>
      <TextInput
        aria-label="Search by id, event, candidate or job number"
        placeholder="Search an id or number"
        type="search"
        aria-keyshortcuts="/"
        leftSection={<IconSearch />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (typed.trim() !== value) onSearch(typed.trim());
        }}
      />
    </form>
  );
}

interface ChipProps {
  pressed: boolean;
  onClick: () => void;
  title?: string;
  children: React.ReactNode;
}

function Chip({ pressed, onClick, title, children }: ChipProps) {
  return (
    <button type="button" className={css.chip} aria-pressed={pressed} onClick={onClick} title={title}>
      {children}
    </button>
  );
}

/** A count that has not come yet takes no room of its own: the chips do not jump. */
function Count({ count }: { count: DeliveryCounts['total'] | undefined }) {
  if (!count) return null;
  return (
    <span className={css.count}>
      {count.count.toLocaleString('en')}
      {count.capped ? '+' : ''}
    </span>
  );
}
