import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeliveryCounts } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { webhookName } from '../../../lib/webhook-name';
import { IconFilter } from '../../../ui/icons';
import { Button, NativeSelect } from '../../../ui/kit';
import { AnswerFilter } from './answer-filter';
import { Conditions } from './conditions';
import { EventSelect } from './event-select';
import { hasFilter, type ListSearch } from './filter';
import { SearchField } from './search-field';
import { StatusChips } from './status-chips';
import { TimeRange, TimeSelect } from './time-filter';
import { withUnknown } from './with-unknown';
import css from './delivery-filters.module.css';

interface DeliveryFiltersProps {
  search: ListSearch;
  counts: DeliveryCounts | undefined;
  /** The counts belong to the previous filter. */
  counting: boolean;
  onChange: (change: ListSearch) => void;
  onClear: () => void;
}

const TESTS = [
  { value: '', label: 'Without tests' },
  { value: 'any', label: 'With tests' },
  { value: 'only', label: 'Tests only' },
];

/**
 * One line with the search, the states and the other active conditions, whose fields unfold below it. All state is in
 * the address bar, so a link shows a colleague the same list.
 */
export function DeliveryFilters({ search, counts, counting, onChange, onClear }: DeliveryFiltersProps) {
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState(false);
  return (
    <div className={css.filters} role="search" aria-label="Filter deliveries">
      <div className={css.line}>
        <SearchField value={search.q ?? ''} onSearch={(q) => onChange({ q: q || undefined })} />
        <div className={css.chips}>
          <StatusChips
            status={search.status}
            counts={counts}
            counting={counting}
            onChange={(status) => onChange({ status })}
          >
            <Conditions search={search} onlyHidden={open} onChange={onChange} />
            {hasFilter(search) ? (
              <Button
                variant="subtle"
                size="compact-sm"
                className={css.clear}
                onClick={() => {
                  setAsking(false);
                  onClear();
                }}
              >
                Clear filters
              </Button>
            ) : null}
          </StatusChips>
        </div>
        <Button
          variant="default"
          leftSection={<IconFilter />}
          className={css.button}
          aria-expanded={open}
          aria-keyshortcuts={open ? undefined : 'F'}
          onClick={() => setOpen(!open)}
        >
          Filters
        </Button>
      </div>
      {open ? (
        <div className={css.selects}>
          <Selects search={search} onChange={onChange} time={{ asking, onAsk: setAsking }} />
        </div>
      ) : null}
      {open && (asking || search.from || search.to) ? (
        <TimeRange key={`${search.from} ${search.to}`} search={search} onChange={onChange} />
      ) : null}
    </div>
  );
}

interface SelectsProps extends Pick<DeliveryFiltersProps, 'search' | 'onChange'> {
  time: { asking: boolean; onAsk: (asking: boolean) => void };
}

function Selects({ search, onChange, time }: SelectsProps) {
  const webhooks = useQuery(webhooksQuery).data ?? [];
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
      <EventSelect value={search.event} onChange={(event) => onChange({ event })} />
      <AnswerFilter value={search.response} onChange={(response) => onChange({ response })} />
      <TimeSelect search={search} {...time} onChange={onChange} />
      <NativeSelect
        aria-label="Tests"
        value={search.tests ?? ''}
        data={TESTS}
        onChange={(event) => onChange({ tests: (event.currentTarget.value || undefined) as ListSearch['tests'] })}
      />
    </>
  );
}
