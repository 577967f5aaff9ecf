import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { eventTypesQuery } from '../../api/event-types';
import type { EventTypeList } from '../../api/types';
import { covers } from '../../lib/event-selection';
import { IconSearch } from '../../ui/icons';
import { TextInput } from '../../ui/kit';
import { Page } from '../../ui/page';
import { EmptyNote, LoadError, LoadingRows } from '../../ui/states';
import css from './guide.module.css';

export function EventsSection() {
  const query = useQuery(eventTypesQuery);
  const [typed, setTyped] = useState('');
  return (
    <Page title="Events" intro="Everything we can tell your other tools about.">
      <div className={css.prose}>
        <TextInput
          aria-label="Search events"
          placeholder="Search events"
          type="search"
          leftSection={<IconSearch />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {query.data ? (
          <Groups catalogue={query.data} search={typed.trim().toLowerCase()} />
        ) : query.isError ? (
          <LoadError error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <LoadingRows rows={8} height={72} label="Loading the events" />
        )}
      </div>
    </Page>
  );
}

function Groups({ catalogue, search }: { catalogue: EventTypeList; search: string }) {
  const found = catalogue.data.filter((entry) =>
    `${entry.type} ${entry.title} ${entry.description}`.toLowerCase().includes(search),
  );
  if (found.length === 0) return <EmptyNote title="Nothing matches.">Try a shorter word.</EmptyNote>;
  return catalogue.groups.map((group) => {
    const entries = found.filter((entry) => covers(group.pattern, entry.type));
    if (entries.length === 0) return null;
    return (
      <section key={group.pattern} aria-label={group.title}>
        <h2 style={{ marginBottom: 10 }}>
          {group.title} <code className={css.type}>{group.pattern}</code>
        </h2>
        <ul className={css.events}>
          {entries.map((entry) => (
            <li key={entry.type} className={css.event}>
              <div className={css.eventHead}>
                <Link to="/recruiter/api/guide/events/$type" params={{ type: entry.type }} className={css.eventLink}>
                  {entry.title}
                </Link>{' '}
                <code className={css.type}>{entry.type}</code>
              </div>
              <p className={css.quiet}>{entry.description}</p>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}
