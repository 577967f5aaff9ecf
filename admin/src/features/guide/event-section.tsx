import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { eventTypesQuery } from '../../api/event-types';
import type { EventType, Webhook } from '../../api/types';
import { webhooksQuery } from '../../api/webhooks';
import { eventVersion, eventVersionWords } from '../../copy-forms';
import { isChosen } from '../../lib/event-selection';
import { webhookName } from '../../lib/webhook-name';
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

interface EventSectionProps {
  /** Sends the event as a test; provided by the route, because it belongs to the webhooks feature. */
  sendAsTest: (type: EventType['type'], webhooks: readonly Webhook[]) => ReactNode;
}

export function EventSection({ sendAsTest }: EventSectionProps) {
  const { type } = route.useParams();
  const query = useQuery(eventTypesQuery);
  const entry = query.data?.data.find((candidate) => candidate.type === type);
  if (entry) return <Event entry={entry} sendAsTest={sendAsTest} />;
  return (
    <Page title={type} back={back}>
      {query.isError ? (
        <LoadError error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data ? (
        <EmptyNote title="Event not found." />
      ) : (
        <LoadingRows rows={4} height={72} label="Loading the event" />
      )}
    </Page>
  );
}

function Event({ entry, sendAsTest }: EventSectionProps & { entry: EventType }) {
  // Optional: without the list, the page still describes the event.
  const webhooks = useQuery(webhooksQuery).data ?? [];
  return (
    <Page key={entry.type} title={entry.title} back={back} intro={<code>{entry.type}</code>}>
      <div className={css.prose}>
        <p>{entry.description}</p>
        {webhooks.length > 0 ? (
          <div className={css.eventActions}>
            {sendAsTest(entry.type, webhooks)}
            <UsedBy webhooks={webhooks.filter(({ events }) => isChosen(events, entry.type))} />
          </div>
        ) : null}
        <h2>
          Fields of <code>data</code>
        </h2>
        <FieldsTable fields={entry.fields} />
        <h2>Example</h2>
        <CodeBlock label="Whole message" json text={JSON.stringify(entry.example, null, 2)} />
        <h2>Version</h2>
        <p>
          {eventVersion(entry.version)} {eventVersionWords.inMessages}
        </p>
        <p>{eventVersionWords.next}</p>
        <details className={css.schema}>
          <summary>JSON Schema</summary>
          <p>{eventVersionWords.schema}</p>
          <CodeBlock label="Schema of data" json text={JSON.stringify(entry.schema, null, 2)} />
        </details>
      </div>
    </Page>
  );
}

function UsedBy({ webhooks }: { webhooks: readonly Webhook[] }) {
  if (webhooks.length === 0) return <span className={css.quiet}>No webhook is subscribed to it yet.</span>;
  return (
    <p className={css.quiet}>
      Used by{' '}
      {webhooks.map((webhook, index) => (
        <Fragment key={webhook.id}>
          {index > 0 ? ', ' : null}
          <TextLink to="/recruiter/api/webhooks/$id" params={{ id: webhook.id }}>
            {webhookName(webhook)}
          </TextLink>
        </Fragment>
      ))}
    </p>
  );
}
