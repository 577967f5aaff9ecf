import { useState, type FormEvent } from 'react';
import { Button, NativeSelect, TextInput } from '../../../ui/kit';
import type { ListSearch } from './filter';
import css from './delivery-filters.module.css';

const PERIODS = [
  { value: '', label: 'Any time' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'range', label: 'From – to…' },
];

interface TimeSelectProps {
  search: ListSearch;
  /** The two fields are shown, whatever the address bar says. */
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

/** Two moments in the reader's own time; one of them may be left open. */
export function TimeRange({ search, onChange }: TimeRangeProps) {
  const [from, setFrom] = useState(toField(search.from));
  const [to, setTo] = useState(toField(search.to));
  const wrong = from !== '' && to !== '' && from >= to;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!wrong) onChange({ period: undefined, from: fromField(from), to: fromField(to) });
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
        error={wrong ? 'This must be after From.' : undefined}
      />
      <Button type="submit" variant="default">
        Show
      </Button>
    </form>
  );
}

/** "2026-01-22T11:30": how such a field writes a local time. */
function toField(iso: string | undefined): string {
  if (!iso) return '';
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fromField(local: string): string | undefined {
  return local === '' ? undefined : new Date(local).toISOString();
}
