import { openStream, type StreamListener } from './stream';
import type { LiveMessage } from './messages';

/*
 * One stream for all tabs of a browser, because over HTTP/1.1 six open ones would block all other requests to the
 * server. The tab that holds the lock opens it and forwards its messages; when that tab closes, the browser passes the
 * lock on.
 */

type Passed = { kind: 'message'; message: LiveMessage } | { kind: 'state'; open: boolean } | { kind: 'hello' };

/**
 * Listens until the returned function is called.
 * @param name differs by person, so that tabs of two people in one browser do not share a stream.
 */
export function joinStream(name: string, listener: StreamListener): () => void {
  // There are no locks without a secure context; then every visible tab opens its own stream.
  if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined') return openStream(listener);
  const channel = new BroadcastChannel(name);
  const pass = (passed: Passed) => channel.postMessage(passed);
  const leaving = new AbortController();
  let open = false;
  let leads = false;

  channel.addEventListener('message', ({ data }: MessageEvent<Passed>) => {
    if (data.kind === 'hello') {
      if (leads && open) pass({ kind: 'state', open });
    } else if (data.kind === 'message') listener.onMessage(data.message);
    else if (data.open) listener.onOpen();
    else listener.onLost();
  });
  pass({ kind: 'hello' });

  const lead = () => {
    leads = true;
    const say = (now: boolean) => {
      open = now;
      pass({ kind: 'state', open });
      if (now) listener.onOpen();
      else listener.onLost();
    };
    const close = openStream({
      onOpen: () => say(true),
      onLost: () => say(false),
      onMessage: (message) => {
        pass({ kind: 'message', message });
        listener.onMessage(message);
      },
    });
    return new Promise<void>((resolve) => {
      leaving.signal.addEventListener('abort', () => {
        close();
        resolve();
      });
    });
  };
  // Rejects only if this tab leaves before its turn.
  void navigator.locks.request(name, { signal: leaving.signal }, lead).catch(() => undefined);
  return () => {
    leaving.abort();
    channel.close();
  };
}
