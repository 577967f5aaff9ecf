import { useState, type FormEvent } from 'react';
import { fromLocalField, toLocalField } from '../../../lib/local-time';
import { useSubmit } from '../../../lib/use-submit';
import { Button, NativeSelect, TextInput } from '../../../ui/kit';
import type { ListSearch } from './filter';
import css from './delivery-filters.module.css';

const PERIODS = [
  { value: '', label: 'Any time' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'range', label: 'Custom range…' },
];

const BACKWARDS = 'This must be after From.';

interface TimeSelectProps {
  search: ListSearch;
  /** The two fields are shown even without a range in the address bar. */
  asking: boolean;
  onAsk: (asking: boolean) => void;
  onChange: (change: ListSearch) => void;
}

export function TimeSelect({ search, asking, onAsk, onChange }: TimeSelectProps) {
  return (
    <NativeSelect
      aria-label="Time"
      value={asking || search.from || search.to ? 'range' : (search.period ?? '')}
      data={PERIODS}
      onChange={(event) => {
        const { value } = event.currentTarget;
        onAsk(value === 'range');
        if (value === 'range') return;
        onChange({ period: (value || undefined) as ListSearch['period'], from: undefined, to: undefined });
      }}
    />
  );
}

interface TimeRangeProps {
  search: ListSearch;
  onChange: (change: ListSearch) => void;
}

/**
 * Two times in the reader's zone, one of which may be empty. An unedited one keeps its instant, because in the hour
 * that occurs twice a field is ambiguous; a time typed there means the wider of the two ranges.
 */
export function TimeRange({ search, onChange }: TimeRangeProps) {
  const [from, setFrom] = useState(toLocalField(search.from));
  const [to, setTo] = useState(toLocalField(search.to));
  const range = {
    from: from === toLocalField(search.from) ? search.from : fromLocalField(from, 'first'),
    to: to === toLocalField(search.to) ? search.to : fromLocalField(to, 'last'),
  };
  const { check } = useSubmit();
  const wrong = range.from !== undefined && range.to !== undefined && Date.parse(range.from) >= Date.parse(range.to);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (check(wrong ? { to: BACKWARDS } : {})) onChange({ period: undefined, ...range });
  }

  return (
    <form className={css.range} onSubmit={submit} aria-label="From – to" noValidate>
      <TextInput
        label="From"
        type="datetime-local"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        label="To"
        type="datetime-local"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        error={wrong ? BACKWARDS : undefined}
      />
      <Button type="submit" variant="default">
        Show
      </Button>
    </form>
  );
}
