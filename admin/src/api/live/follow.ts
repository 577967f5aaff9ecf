import type { QueryClient } from '@tanstack/react-query';
import { applyMessage } from './apply';
import { liveState, setConnection } from './live-state';
import { refetchAll } from './refresh';
import { joinStream } from './shared-stream';

/** A tab closes the stream after being hidden for this long. */
const HIDDEN_MS = 5 * 60_000;

/** Shorter interruptions are not shown. A server that is down is shown within 3 seconds. */
const LOST_MS = 1_000;

/**
 * Keeps the screens current until the returned function is called.
 * @param person the id of the person whose stream it is.
 */
export function followStream(queryClient: QueryClient, person: string): () => void {
  if (typeof EventSource === 'undefined') return () => undefined;
  let leave: (() => void) | null = null;
  let wasLive = false;
  let hideTimer: ReturnType<typeof setTimeout> | undefined;
  let lostTimer: ReturnType<typeof setTimeout> | undefined;

  function join(): void {
    leave ??= joinStream(`bpoc-live-${person}`, {
      onOpen: () => {
        clearTimeout(lostTimer);
        lostTimer = undefined;
        wasLive = true;
        setConnection('live');
        // Changes between the last response and now were not streamed.
        if (liveState.get() === 'live') void refetchAll(queryClient);
      },
      onLost: () => {
        lostTimer ??= setTimeout(lost, LOST_MS);
      },
      onMessage: (message) => {
        if (liveState.get() !== 'paused') applyMessage(queryClient, message);
      },
    });
  }

  function lost(): void {
    // A stream that never worked is not reported as lost: some proxies block streams.
    if (wasLive) setConnection('lost');
    // Makes the screens start polling.
    void refetchAll(queryClient);
  }

  function onVisibility(): void {
    clearTimeout(hideTimer);
    if (!document.hidden) return join();
    hideTimer = setTimeout(() => {
      leave?.();
      leave = null;
      setConnection('off');
    }, HIDDEN_MS);
  }

  let before = liveState.get();
  const unsubscribe = liveState.subscribe(() => {
    const now = liveState.get();
    if (before === 'paused' && now === 'live') void refetchAll(queryClient);
    before = now;
  });
  globalThis.addEventListener('offline', lost);
  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  return () => {
    globalThis.removeEventListener('offline', lost);
    document.removeEventListener('visibilitychange', onVisibility);
    unsubscribe();
    clearTimeout(hideTimer);
    clearTimeout(lostTimer);
    leave?.();
    setConnection('off');
  };
}
