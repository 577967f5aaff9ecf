import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useArrivals } from '../api/live/arrivals';
import { followStream } from '../api/live/follow';
import { useLiveState } from '../api/live/live-state';
import { VisuallyHidden } from '../ui/kit';
import { InfoBar } from '../ui/states';
import css from './shell.module.css';

/** A screen reader that is told of everything is told of nothing. */
const ANNOUNCE_MS = 10_000;

/** Follows the stream while somebody is signed in; says when it is cut, and what is new to those who do not see it. */
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

/** "12 new deliveries, 2 failed": what came since the last time it was said. */
function useAnnouncement(): string {
  const arrivals = useArrivals();
  const newest = useRef(arrivals);
  newest.current = arrivals;
  const said = useRef<ReadonlySet<string>>(new Set());
  const [text, setText] = useState('');
  useEffect(() => {
    const timer = setInterval(() => {
      const fresh = [...newest.current.values()].filter(({ id }) => !said.current.has(id));
      said.current = new Set(newest.current.keys());
      if (fresh.length === 0) return;
      const failed = fresh.filter(({ status }) => status === 'failed').length;
      const words = `${fresh.length} new ${fresh.length === 1 ? 'delivery' : 'deliveries'}`;
      setText(failed > 0 ? `${words}, ${failed} failed` : words);
    }, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, []);
  return text;
}
