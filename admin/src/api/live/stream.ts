import { LIVE_EVENTS, type LiveMessage } from './messages';

const PATH = '/api/recruiter/stream';

/** The server sends a heartbeat every 8 s. After two missing ones the connection is considered dead. */
const SILENCE_MS = 18_000;

/** Delay after a refusal; browsers reconnect by themselves only after an interruption. */
const RETRY_MS = 15_000;

export interface StreamListener {
  onOpen: () => void;
  onLost: () => void;
  onMessage: (message: LiveMessage) => void;
}

/** Keeps one stream to the server open until the returned function is called. */
export function openStream({ onOpen, onLost, onMessage }: StreamListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    source?.close();
    source = new EventSource(PATH);
    source.addEventListener('open', () => {
      restartSilenceTimer();
      onOpen();
    });
    source.addEventListener('error', () => {
      onLost();
      if (source?.readyState === EventSource.CLOSED) again(RETRY_MS);
    });
    source.addEventListener('heartbeat', restartSilenceTimer);
    for (const event of LIVE_EVENTS) {
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        restartSilenceTimer();
        onMessage({ event, data: JSON.parse(data) as never });
      });
    }
    restartSilenceTimer();
  }

  function restartSilenceTimer(): void {
    again(SILENCE_MS);
  }

  function again(afterMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      onLost();
      connect();
    }, afterMs);
  }

  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
