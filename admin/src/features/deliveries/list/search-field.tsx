import { useState, type FormEvent } from 'react';
import { IconNext, IconSearch } from '../../../ui/icons';
import { ActionIcon, TextInput } from '../../../ui/kit';
import css from './delivery-filters.module.css';

interface SearchFieldProps {
  value: string;
  onSearch: (value: string) => void;
}

/** Searches on Enter, on the button, and when emptied. Not on blur: the list would change under the click. */
export function SearchField({ value, onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  // Follows the address bar without remounting, which would lose the focus after Enter.
  const [followed, setFollowed] = useState(value);
  if (followed !== value) {
    setFollowed(value);
    setTyped(value);
  }
  const changed = typed.trim() !== value;

  function submit(event: FormEvent): void {
    event.preventDefault();
    onSearch(typed.trim());
  }

  function type(text: string): void {
    setTyped(text);
    if (text === '' && value !== '') onSearch('');
  }

  return (
    <form onSubmit={submit} className={css.search}>
      <TextInput
        aria-label="Search by id, event, candidate or job number"
        placeholder="Id or number"
        type="search"
        aria-keyshortcuts="/"
        leftSection={<IconSearch />}
        rightSection={
          changed ? (
            <ActionIcon type="submit" variant="subtle" size={30} aria-label="Search">
              <IconNext />
            </ActionIcon>
          ) : null
        }
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </form>
  );
}
