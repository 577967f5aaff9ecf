import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useMe } from '../../../api/session';
import { IconSearch } from '../../../ui/icons';
import { TextInput } from '../../../ui/kit';
import { canSeeNames } from './match-words';
import css from './delivery-filters.module.css';

interface SearchFieldProps {
  value: string;
  onSearch: (value: string) => void;
}

/** Delay after the last key; Enter and clearing the field search at once. */
const PAUSE_MS = 300;

/** Searches while typing. */
export function SearchField({ value, onSearch }: SearchFieldProps) {
  const named = canSeeNames(useMe());
  const [typed, setTyped] = useState(value);
  const asked = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // Follows the address bar, except for its own changes, since more may have been typed.
  const [followed, setFollowed] = useState(value);
  if (followed !== value) {
    setFollowed(value);
    if (value !== asked.current) setTyped(value);
  }

  function search(text: string): void {
    clearTimeout(timer.current);
    asked.current = text.trim();
    if (asked.current !== value) onSearch(asked.current);
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    search(typed);
  }

  function type(text: string): void {
    setTyped(text);
    clearTimeout(timer.current);
    if (text === '') search('');
    else timer.current = setTimeout(() => search(text), PAUSE_MS);
  }

  return (
    <form onSubmit={submit} className={css.search}>
      <TextInput
        aria-label={named ? 'Search by name, event, number or id' : 'Search by event, number or id'}
        placeholder={named ? 'Name, event or number' : 'Event or number'}
        type="search"
        aria-keyshortcuts="/"
        leftSection={<IconSearch />}
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </form>
  );
}
