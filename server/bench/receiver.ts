import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Received, ReceiverQuestion } from './receiver-process.js';

export interface Receiver {
  /** `http://localhost:<port>`; what is answered stands in the path, see receiver-process. */
  origin: string;
  /** The same process at another port. */
  otherOrigin: string;
  port: number;
  count(): Promise<number>;
  received(): Promise<Received>;
  /** Forgets what was received. */
  reset(): Promise<void>;
  /** Ends the connections of requests that hang. */
  drop(): Promise<void>;
  /** CPU time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

/** A receiver in a process of its own. */
export async function startReceiver(): Promise<Receiver> {
  const child = fork(fileURLToPath(new URL('receiver-process.js', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  });
  const [{ ports }] = (await once(child, 'message')) as [{ ports: [number, number] }];
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ask = <T>(question: ReceiverQuestion) =>
    new Promise<T>((resolve) => {
      const id = ++asked;
      waiting.set(id, resolve as (answer: unknown) => void);
      child.send({ id, question });
    });
  return {
    origin: `http://localhost:${ports[0]}`,
    otherOrigin: `http://localhost:${ports[1]}`,
    port: ports[0],
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
