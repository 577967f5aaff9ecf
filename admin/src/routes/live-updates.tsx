import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useUnseenItems } from '../api/live/unseen-items';
import { followStream } from '../api/live/follow';
import { useLiveState } from '../api/live/live-state';
import { timeOf } from '../api/live/matches';
import type { LiveDelivery } from '../api/live/messages';
import { VisuallyHidden } from '../ui/kit';
import { InfoBar } from '../ui/states';
import css from './shell.module.css';
import { serverNow } from '../lib/server-clock';

/** Announcements are grouped, so that screen readers do not announce everything. */
const ANNOUNCE_MS = 10_000;

/** Follows the stream during a session, shows interruptions, and announces news to screen readers. */
export function LiveUpdates({ person }: { person: string }) {
  const queryClient = useQueryClient();
  useEffect(() => followStream(queryClient, person), [queryClient, person]);
  return (
    <>
      {useLiveState() === 'lost' ? (
        <div className={css.notice}>
          <InfoBar tone="warn">Live updates paused. Reconnecting…</InfoBar>
        </div>
      ) : null}
      <VisuallyHidden role="status">{useAnnouncement()}</VisuallyHidden>
    </>
  );
}

/** "12 new deliveries, 2 failed" since the last announcement, not counting retries of older ones. */
function useAnnouncement(): string {
  const { byId } = useUnseenItems();
  const newest = useRef(byId);
  newest.current = byId;
  const [text, setText] = useState('');
  useEffect(() => {
    const news = newsSince(serverNow());
    const timer = setInterval(() => {
      const fresh = news([...newest.current.values()].map(({ delivery }) => delivery));
      if (fresh.length === 0) return;
      const failed = fresh.filter(({ status }) => status === 'failed').length;
      const words = `${fresh.length} new ${fresh.length === 1 ? 'delivery' : 'deliveries'}`;
      setText(failed > 0 ? `${words}, ${failed} failed` : words);
    }, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, []);
  return text;
}

/** Allows for clock differences and for deliveries of one event streamed one by one. */
const SLACK_MS = 15_000;

/** Returns those newer than the last it returned; ids contain their time. */
function newsSince(start: number): (deliveries: readonly LiveDelivery[]) => LiveDelivery[] {
  let since = start - SLACK_MS;
  let said: ReadonlySet<string> = new Set();
  return (deliveries) => {
    const fresh = deliveries.filter(({ id }) => timeOf(id) >= since && !said.has(id));
    since = Math.max(since, ...fresh.map(({ id }) => timeOf(id) - SLACK_MS));
    said = new Set([...said, ...fresh.map(({ id }) => id)].filter((id) => timeOf(id) >= since));
    return fresh;
  };
}
