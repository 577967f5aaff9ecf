import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, LoadResult } from './load-process.js';

export interface LoadProcess {
  /** Sends everything. */
  go(): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** Starts a load process, ready to send. */
export async function prepareLoad(load: Load): Promise<LoadProcess> {
  const child = fork(fileURLToPath(new URL('load-process.js', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [],
  });
  child.send(load);
  await once(child, 'message');
  return {
    async go() {
      child.send('go');
      const [result] = (await once(child, 'message')) as [LoadResult];
      return result;
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
