import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { AttemptContent, DeliveryDetail } from '../../../api/types';
import { webhookQuery } from '../../../api/webhooks';
import {
  canCheck,
  cleanSecret,
  isSecret,
  sign,
  type Signatures,
  type SignedMessage,
  signedString,
} from '../../../lib/signature';
import { CodeBlock } from '../../../ui/code-block';
import { IconCross } from '../../../ui/icons';
import { Button, PasswordInput } from '../../../ui/kit';
import { InfoBar } from '../../../ui/states';
import css from './message-tabs.module.css';

interface SignatureTabProps {
  delivery: DeliveryDetail;
  body: string | null;
  attempt: AttemptContent;
}

/** The exact text signed in one try, and the signatures that a given secret produces for it. */
export function SignatureTab({ delivery, body, attempt }: SignatureTabProps) {
  const headers = attempt.request_headers;
  if (body === null) return <InfoBar>The message was erased, so there is nothing to check a signature with.</InfoBar>;
  if (!headers) return <InfoBar>This try ended before we could send anything.</InfoBar>;
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  return (
    <div className={css.headers}>
      <dl className={css.facts}>
        <dt>Id</dt>
        <dd>
          <code>{id}</code>
        </dd>
        <dt>Timestamp</dt>
        <dd>
          <code>{timestamp}</code>
        </dd>
        <dt>Secret</dt>
        <dd>
          <SecretUsed delivery={delivery} attempt={attempt.n} />
        </dd>
      </dl>
      <CodeBlock label="webhook-signature signs" text={signedString(id, timestamp, body)} maxHeight={180} />
      <p className={css.hint}>
        <code>x-webhook-signature</code> signs only the body: everything after the second dot above.
      </p>
      {/* Another try has another timestamp, so an answer about this one must not stay on screen for it. */}
      <SelfCheck key={attempt.n} message={{ id, timestamp, body }} />
    </div>
  );
}

/** Which secret was used follows from when the current one was created; the log does not keep it. */
function SecretUsed({ delivery, attempt }: { delivery: DeliveryDetail; attempt: number }) {
  const query = useQuery({ ...webhookQuery(delivery.webhook.id), enabled: !delivery.webhook.deleted });
  const startedAt = delivery.timeline.find((entry) => entry.n === attempt)?.started_at;
  const webhook = query.data?.webhook;
  if (delivery.webhook.deleted || query.isError || !startedAt) return <>no longer known</>;
  if (!webhook) return <>…</>;
  const { secret_last4: last4, secret_created_at: createdAt, previous_secret: previous } = webhook;
  if (Date.parse(startedAt) < Date.parse(createdAt)) return <>an older one than whsec_…{last4}</>;
  return (
    <code>
      whsec_…{last4}
      {previous ? ` and …${previous.last4}` : null}
    </code>
  );
}

/** Null: the input is not a secret. */
type Answer = Signatures | null;

function SelfCheck({ message }: { message: SignedMessage }) {
  const [secret, setSecret] = useState('');
  const [answer, setAnswer] = useState<Answer | undefined>();
  if (!canCheck()) {
    return <InfoBar>To check a secret here, open this page over https: your browser requires that.</InfoBar>;
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const given = cleanSecret(secret);
    setAnswer(isSecret(given) ? await sign(given, message) : null);
  }

  return (
    <form className={css.check} onSubmit={(event) => void submit(event)} autoComplete="off">
      <PasswordInput
        label="Check it yourself"
        description="Paste a secret. It stays in your browser."
        placeholder="whsec_…"
        value={secret}
        onChange={(event) => {
          setSecret(event.currentTarget.value);
          setAnswer(undefined);
        }}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
        // No password manager should offer to save it.
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
      />
      <Button type="submit" variant="default" className={css.checkButton}>
        Sign with this secret
      </Button>
      <div role="status">
        {answer === null ? (
          <p className={css.verdict} data-good={false}>
            <IconCross /> This is not one of our secrets. Paste all of it, starting with whsec_.
          </p>
        ) : null}
        {answer ? (
          <>
            <CodeBlock
              label="With this secret"
              text={`webhook-signature: ${answer.standard}\nx-webhook-signature: ${answer.simple}`}
            />
            <p className={css.hint}>If you received other signatures, we signed with another secret.</p>
          </>
        ) : null}
      </div>
    </form>
  );
}
