import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveryContentQuery } from '../../../api/deliveries';
import { useMe } from '../../../api/session';
import type { AttemptContent, DeliveryContent, DeliveryDetail } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { toCurl } from '../../../lib/curl';
import { prettyJson } from '../../../lib/json-text';
import { fullTime } from '../../../lib/time';
import { CodeBlock } from '../../../ui/code-block';
import { CopyButton } from '../../../ui/copy-button';
import { Button, Tabs } from '../../../ui/kit';
import { InfoBar, LoadError, LoadingRows } from '../../../ui/states';
import { SignatureTab } from './signature-tab';
import css from './message-tabs.module.css';

type Tab = 'sent' | 'answer' | 'headers' | 'signature';

const TABS: readonly { value: Tab; label: string }[] = [
  { value: 'sent', label: 'Sent' },
  { value: 'answer', label: 'Answer' },
  { value: 'headers', label: 'Headers' },
  { value: 'signature', label: 'Signature' },
];

interface MessageTabsProps {
  delivery: DeliveryDetail;
  /** The try whose answer and headers are shown; null when nothing was sent yet. */
  attempt: number | null;
}

/** The bytes of both sides. They hold a candidate's data, so nothing is loaded until a person opens a tab. */
export function MessageTabs({ delivery, attempt }: MessageTabsProps) {
  const me = useMe();
  const [tab, setTab] = useState<Tab | null>(null);
  const denied = deniedBecause(me, 'content.read', 'read messages');
  return (
    <section aria-labelledby="contents">
      <h2 id="contents" className={css.title}>
        Message and answer
      </h2>
      <Tabs value={tab} onChange={(value) => setTab(value as Tab | null)} keepMounted={false}>
        <Tabs.List>
          {TABS.map((entry) => (
            <Tabs.Tab key={entry.value} value={entry.value}>
              {entry.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tab === null ? (
          <p className={css.hint}>
            Choose one to open it. Messages hold personal data, so each opening is written to the audit log.
          </p>
        ) : null}
        {TABS.map((entry) => (
          <Tabs.Panel key={entry.value} value={entry.value} className={css.panel}>
            {denied ? (
              <InfoBar>Message contents hold personal data. {denied}</InfoBar>
            ) : (
              <Contents delivery={delivery} attempt={attempt} tab={entry.value} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

function Contents({ delivery, attempt, tab }: MessageTabsProps & { tab: Tab }) {
  const query = useQuery(deliveryContentQuery(delivery.id, delivery.attempts));
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingRows rows={1} height={140} label="Loading the message" />
    );
  }
  const content = query.data;
  const one = content.attempts.find((entry) => entry.n === attempt);
  if (tab === 'sent') return <Sent delivery={delivery} content={content} attempt={one} />;
  if (!one) return <InfoBar>Nothing was sent yet.</InfoBar>;
  if (tab === 'signature') return <SignatureTab delivery={delivery} body={content.body} attempt={one} />;
  return tab === 'answer' ? <Answer attempt={one} content={content} /> : <Headers attempt={one} />;
}

interface SentProps {
  delivery: DeliveryDetail;
  content: DeliveryContent;
  attempt: AttemptContent | undefined;
}

function Sent({ delivery, content, attempt }: SentProps) {
  const [raw, setRaw] = useState(false);
  if (content.body === null) {
    const when = content.purged_at ? ` on ${fullTime(content.purged_at)}` : '';
    return <InfoBar>The message was erased{when}. What happened to it stays visible.</InfoBar>;
  }
  const { body } = content;
  const pretty = prettyJson(body);
  return (
    <CodeBlock
      label="Message we sent"
      text={raw || pretty === null ? body : pretty}
      json={pretty !== null}
      actions={
        <>
          <Button variant="default" size="compact-xs" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            Exact bytes
          </Button>
          <CopyButton
            size="compact-xs"
            label="Copy as cURL"
            text={() => toCurl({ url: delivery.webhook.url, headers: attempt?.request_headers ?? JSON_HEADER, body })}
          />
        </>
      }
    />
  );
}

const JSON_HEADER = { 'content-type': 'application/json' };

function Answer({ attempt, content }: { attempt: AttemptContent; content: DeliveryContent }) {
  const title = content.attempts.length > 1 ? `Answer to try ${attempt.n}` : 'Their answer';
  if (attempt.response_body === null && attempt.response_headers === null) {
    return <InfoBar>They gave no answer{content.attempts.length > 1 ? ` to try ${attempt.n}` : ''}.</InfoBar>;
  }
  if (!attempt.response_body) return <InfoBar>They answered without any text.</InfoBar>;
  const pretty = attempt.response_truncated ? null : prettyJson(attempt.response_body);
  return (
    <>
      <CodeBlock label={title} text={pretty ?? attempt.response_body} json={pretty !== null} />
      {attempt.response_truncated ? <p className={css.hint}>Cut at 16 KiB.</p> : null}
    </>
  );
}

function Headers({ attempt }: { attempt: AttemptContent }) {
  return (
    <div className={css.headers}>
      {attempt.request_headers ? (
        <CodeBlock label={`Headers we sent, try ${attempt.n}`} text={headerText(attempt.request_headers)} />
      ) : (
        <InfoBar>This try ended before we could send anything.</InfoBar>
      )}
      {attempt.response_headers ? (
        <CodeBlock label="Headers they answered" text={headerText(attempt.response_headers)} />
      ) : (
        <InfoBar>They gave no answer, so there are no headers.</InfoBar>
      )}
      <p className={css.hint}>Secret values are hidden.</p>
    </div>
  );
}

function headerText(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
