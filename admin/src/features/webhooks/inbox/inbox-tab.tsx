import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import { inboxMessagesQuery } from '../../../api/inboxes';
import { useMe } from '../../../api/session';
import type { InboxMessage } from '../../../api/types';
import { webhookQuery } from '../../../api/webhooks';
import { deniedBecause } from '../../../lib/rights';
import { GuardedButton } from '../../../ui/guarded-button';
import { IconTrash } from '../../../ui/icons';
import { EmptyNote, ForbiddenNote, LoadError, LoadingRows, StaleBar } from '../../../ui/states';
import { EmptyInboxDialog } from './empty-inbox-dialog';
import { InboxList } from './inbox-list';
import { InboxMessageView } from './inbox-message-view';
import css from './inbox.module.css';

const route = getRouteApi('/signed-in/recruiter/api/webhooks/$id');

/** Messages of the webhook's test inbox. A separate tab, because reading messages is audited. */
export function InboxTab() {
  const { id } = route.useParams();
  const me = useMe();
  const webhook = useQuery(webhookQuery(id)).data?.webhook;
  const denied = deniedBecause(me, 'content.read', 'read messages');
  if (!webhook) return null;
  if (denied) return <ForbiddenNote>Messages contain personal data. {denied}</ForbiddenNote>;
  if (webhook.inbox_id === null) {
    return (
      <EmptyNote title="This webhook has an address of its own.">
        We do not keep what arrives there. Its deliveries are under Activity.
      </EmptyNote>
    );
  }
  return <Arrived inboxId={webhook.inbox_id} />;
}

function Arrived({ inboxId }: { inboxId: string }) {
  const me = useMe();
  const query = useQuery(inboxMessagesQuery(inboxId));
  const [emptying, setEmptying] = useState(false);
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingRows rows={3} height={64} label="Loading what arrived" />
    );
  }
  return (
    <section className={css.inbox} aria-labelledby="arrived">
      <div className={css.head}>
        <h2 id="arrived">What arrived</h2>
        <p className={css.hint}>The last 50 messages from 7 days. New ones appear automatically.</p>
        {query.data.length > 0 ? (
          <GuardedButton
            variant="default"
            size="xs"
            leftSection={<IconTrash />}
            denied={deniedBecause(me, 'webhooks.write', 'delete messages')}
            onClick={() => setEmptying(true)}
          >
            Delete messages…
          </GuardedButton>
        ) : null}
      </div>
      {query.isError ? <StaleBar error={query.error} what="this list" onRetry={() => void query.refetch()} /> : null}
      {query.data.length > 0 ? (
        <Messages inboxId={inboxId} messages={query.data} />
      ) : (
        <EmptyNote title="Nothing has arrived yet.">
          Press Send test: the message appears here within seconds.
        </EmptyNote>
      )}
      {emptying ? <EmptyInboxDialog inboxId={inboxId} onClose={() => setEmptying(false)} /> : null}
    </section>
  );
}

/** The newest message is open until the reader selects one; then new ones are only added to the list. */
function Messages({ inboxId, messages }: { inboxId: string; messages: InboxMessage[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const catalogue = useQuery(eventTypesQuery).data;
  const open = messages.find((message) => message.id === chosen) ?? messages[0]!;
  const titleOf = ({ event }: InboxMessage) =>
    event === 'webhook.test'
      ? 'Test message'
      : (catalogue?.data.find(({ type }) => type === event)?.title ?? event ?? 'Message');
  return (
    <div className={css.columns}>
      <InboxList messages={messages} openId={open.id} titleOf={titleOf} onOpen={setChosen} />
      <InboxMessageView key={open.id} inboxId={inboxId} message={open} title={titleOf(open)} />
    </div>
  );
}
