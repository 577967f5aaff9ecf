import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Received, ReceiverCommand } from './receiver-process.js';

export interface Receiver {
  /** `http://localhost:<port>`; the path determines the response, see receiver-process. */
  origin: string;
  /** The same process on another port. */
  otherOrigin: string;
  /** The same process over TLS 1.3, with a certificate of the authority in test/fixtures. */
  secureOrigin: string;
  /** For the bare posts: an address, so that there is no name to look up. */
  plainOrigin: string;
  count(): Promise<number>;
  received(): Promise<Received>;
  /** Discards what was received. */
  reset(): Promise<void>;
  /** Closes the connections of hanging requests. */
  drop(): Promise<void>;
  /** CPU time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a receiver in a separate process. */
export async function startReceiver(): Promise<Receiver> {
  const child = fork(fileURLToPath(new URL('receiver-process.js', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  });
  const [{ ports }] = (await once(child, 'message')) as [{ ports: [number, number, number] }];
  const waiting = new Map<number, (answer: unknown) => void>();
  let sent = 0;
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = <T>(command: ReceiverCommand) =>
    new Promise<T>((resolve) => {
      const id = ++sent;
      waiting.set(id, resolve as (answer: unknown) => void);
      child.send({ id, command });
    });
  return {
    origin: `http://localhost:${ports[0]}`,
    otherOrigin: `http://localhost:${ports[1]}`,
    secureOrigin: `https://127.0.0.1:${ports[2]}`,
    plainOrigin: `http://127.0.0.1:${ports[0]}`,
    count: () => ask('count'),
    received: () => ask('received'),
    reset: () => ask('reset'),
    drop: () => ask('drop'),
    cpuMs: () => ask('cpu'),
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
