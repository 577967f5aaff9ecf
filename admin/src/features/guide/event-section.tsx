import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { eventTypesQuery } from '../../api/event-types';
import type { EventType } from '../../api/types';
import { CodeBlock } from '../../ui/code-block';
import { IconBack } from '../../ui/icons';
import { TextLink } from '../../ui/link';
import { Page } from '../../ui/page';
import { EmptyNote, LoadError, LoadingRows } from '../../ui/states';
import { FieldsTable } from './fields-table';
import css from './guide.module.css';

const route = getRouteApi('/signed-in/recruiter/api/guide/events/$type');

const back = (
  <TextLink to="/recruiter/api/guide/events">
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
      <IconBack size={14} /> Events
    </span>
  </TextLink>
);

export function EventSection() {
  const { type } = route.useParams();
  const query = useQuery(eventTypesQuery);
  const entry = query.data?.data.find((candidate) => candidate.type === type);
  if (entry) return <Event entry={entry} />;
  return (
    <Page title={type} back={back}>
      {query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data ? (
        <EmptyNote title="There is no such event." />
      ) : (
        <LoadingRows rows={4} height={72} label="Loading the event" />
      )}
    </Page>
  );
}

function Event({ entry }: { entry: EventType }) {
  return (
    <Page key={entry.type} title={entry.title} back={back} intro={<code>{entry.type}</code>}>
      <div className={css.prose}>
        <p>{entry.description}</p>
        <h2>
          Fields of <code>data</code>
        </h2>
        <FieldsTable fields={entry.fields} />
        <h2>Example</h2>
        <CodeBlock label="Whole message" json text={JSON.stringify(entry.example, null, 2)} />
      </div>
    </Page>
  );
}
