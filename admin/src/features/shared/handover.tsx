import type { ReactNode } from 'react';
import type { EventType, SharedHandover, SharedPage } from '../../api/types';
import { CodeBlock } from '../../ui/code-block';
import { CopyButton } from '../../ui/copy-button';
import { Card } from '../../ui/page';
import { Failures } from './failures';
import { Secret } from './secret';
import css from './shared.module.css';
import { SendTest } from './send-test';

interface HandoverProps {
  token: string;
  page: SharedPage;
  handover: SharedHandover;
  /** Code that checks signatures; provided by the route, because it belongs to the guide feature. */
  verify: ReactNode;
}

/** Everything that the receiver's developer needs. */
export function Handover({ token, page, handover, verify }: HandoverProps) {
  const url = page.webhook.url ?? '';
  return (
    <>
      <Card title="Your address">
        <p>
          We send a POST with JSON to this address. Answer with a status from 200 to 299 right away, and process the
          data afterwards.
        </p>
        <div className={css.row}>
          <code className={css.address}>{url}</code>
          <CopyButton text={url} label="Copy" size="xs" />
        </div>
      </Card>
      <Secret token={token} state={handover.secret} />
      <SendTest token={token} events={handover.event_types} />
      {handover.failures.length > 0 ? <Failures failures={handover.failures} /> : null}
      <Card title="Check the signature">
        <p>Only BPOC and you know the secret, so a valid signature proves that a message comes from us.</p>
        <div className={css.verify}>{verify}</div>
      </Card>
      <Card title="What we send">
        {handover.event_types.map((type) => (
          <Event key={type.type} type={type} />
        ))}
      </Card>
    </>
  );
}

function Event({ type }: { type: EventType }) {
  return (
    <details className={css.event}>
      <summary>
        <strong>{type.title}</strong> <code>{type.type}</code>
      </summary>
      <p className={css.quiet}>{type.description}</p>
      <CodeBlock label="Whole message" json text={JSON.stringify(type.example, null, 2)} />
    </details>
  );
}
