import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { deliveryContentQuery } from '../../../api/deliveries';
import { useMe } from '../../../api/session';
import type { DeliveryDetail } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { Tabs } from '../../../ui/kit';
import { InfoBar, LoadError, LoadingRows } from '../../../ui/states';
import { AnswerPart, HeadersPart, SentPart } from './message-parts';
import { SignatureTab } from './signature-tab';
import css from './message-tabs.module.css';

export type MessageTab = 'sent' | 'answer' | 'headers' | 'signature';

/** Which one is open; null: none, so nothing is read. */
export interface OpenTab {
  tab: MessageTab | null;
  onTab: (tab: MessageTab | null) => void;
}

const TABS: readonly { value: MessageTab; label: string }[] = [
  { value: 'sent', label: 'Sent' },
  { value: 'answer', label: 'Answer' },
  { value: 'headers', label: 'Headers' },
  { value: 'signature', label: 'Signature' },
];

interface MessageTabsProps extends OpenTab {
  delivery: DeliveryDetail;
  /** The try whose answer and headers are shown; null when nothing was sent yet. */
  attempt: number | null;
}

/** The bytes of both sides. They contain a candidate's data, so nothing is loaded until a person opens a tab. */
export function MessageTabs({ delivery, attempt, tab, onTab }: MessageTabsProps) {
  const me = useMe();
  const denied = deniedBecause(me, 'content.read', 'read messages');
  const stays = useDwell(tab === null);
  return (
    <section aria-labelledby="contents">
      <h2 id="contents" className={css.title}>
        Message and answer
      </h2>
      <Tabs value={tab} onChange={(value) => onTab(value as MessageTab | null)} keepMounted={false}>
        <Tabs.List>
          {TABS.map((entry) => (
            <Tabs.Tab key={entry.value} value={entry.value}>
              {entry.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tab === null ? (
          <p className={css.hint}>
            Choose a tab to open it. Messages contain personal data, so the audit log records who opens them.
          </p>
        ) : null}
        {TABS.map((entry) => (
          <Tabs.Panel key={entry.value} value={entry.value} className={css.panel}>
            {denied ? (
              <InfoBar>Messages contain personal data. {denied}</InfoBar>
            ) : (
              <Contents delivery={delivery} attempt={attempt} tab={entry.value} read={stays} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

interface ContentsProps extends Pick<MessageTabsProps, 'delivery' | 'attempt'> {
  tab: MessageTab;
  read: boolean;
}

function Contents({ delivery, attempt, tab, read }: ContentsProps) {
  const query = useQuery({ ...deliveryContentQuery(delivery.id, delivery.attempts), enabled: read });
  if (!query.data) {
    return query.isError ? (
      <LoadError error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <LoadingRows rows={1} height={140} label="Loading the message" />
    );
  }
  const content = query.data;
  const one = content.attempts.find((entry) => entry.n === attempt);
  if (tab === 'sent') return <SentPart delivery={delivery} content={content} attempt={one} />;
  if (!one) return <InfoBar>Nothing has been sent yet.</InfoBar>;
  if (tab === 'signature') return <SignatureTab delivery={delivery} body={content.body} attempt={one} />;
  return tab === 'answer' ? <AnswerPart attempt={one} content={content} /> : <HeadersPart attempt={one} />;
}

/** Passing a delivery with J or K does not load its message, and so is not audited. */
const DWELL_MS = 400;

/** True once the reader has stayed on it. @param already true at once. */
function useDwell(already = false): boolean {
  const [stays, setStays] = useState(already);
  useEffect(() => {
    if (stays) return undefined;
    const timer = setTimeout(() => setStays(true), DWELL_MS);
    return () => clearTimeout(timer);
  }, [stays]);
  return stays;
}
