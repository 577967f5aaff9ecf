import { useQuery } from '@tanstack/react-query';
import { inboxMessageQuery } from '../../../api/inboxes';
import type { InboxMessage } from '../../../api/types';
import { signatureWords } from '../../../copy-forms';
import { fullTime } from '../../../lib/time';
import { CodeBlock } from '../../../ui/code-block';
import { JsonBlock } from '../../../ui/json-block';
import { TextLink } from '../../../ui/link';
import { Phrases } from '../../../ui/phrases';
import { InfoBar, LoadError, LoadingRows } from '../../../ui/states';
import { SignatureWord } from './signature-word';
import css from './inbox.module.css';

interface InboxMessageViewProps {
  inboxId: string;
  message: InboxMessage;
  title: string;
}

/** One message as a receiver gets it. Everything is shown as plain text. */
export function InboxMessageView({ inboxId, message, title }: InboxMessageViewProps) {
  return (
    <article className={css.message} aria-labelledby="message">
      <div className={css.messageHead}>
        <h3 id="message">{title}</h3>
        <p className={css.hint}>
          <Phrases
            phrases={[fullTime(message.received_at), message.method, `${message.size.toLocaleString('en')} bytes`]}
          />
        </p>
        <p className={css.verdictLine}>
          <SignatureWord verdict={message.signature} />{' '}
          <span className={css.hint}>{signatureWords[message.signature].meaning}</span>
        </p>
        {message.delivery_id && message.webhook_id ? (
          <TextLink
            to="/recruiter/api/webhooks/$id/inbox"
            params={{ id: message.webhook_id }}
            search={{ delivery: message.delivery_id }}
          >
            See its delivery
          </TextLink>
        ) : null}
      </div>
      <Contents inboxId={inboxId} listed={message} />
    </article>
  );
}

function Contents({ inboxId, listed }: { inboxId: string; listed: InboxMessage }) {
  const whole = useQuery(inboxMessageQuery(inboxId, listed));
  const message = listed.left_out ? whole.data : listed;
  if (!message) {
    return whole.isError ? (
      <LoadError error={whole.error} onRetry={() => void whole.refetch()} />
    ) : (
      <LoadingRows rows={3} height={64} label="Loading the message" />
    );
  }
  return (
    <>
      {message.body === null ? (
        <InfoBar>The message was erased.</InfoBar>
      ) : (
        <JsonBlock label="Body" text={message.body} />
      )}
      <CodeBlock
        label="Headers"
        text={Object.entries(message.headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n')}
      />
    </>
  );
}
