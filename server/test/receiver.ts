import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { perFile } from './per-file.js';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  atMs: number;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Delays the response until this resolves. */
  after?: Promise<unknown>;
}

/** A webhook receiver on loopback. `script` determines the response to each request; default: 200. */
export async function startReceiver(script: (request: Received, count: number) => Answer = () => ({})) {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        method: request.method!,
        path: request.url!,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        atMs: Date.now(),
      };
      requests.push(received);
      const { status = 200, headers = {}, body = 'ok', after } = script(received, requests.length);
      void Promise.resolve(after).then(() => response.writeHead(status, headers).end(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Call once per spec file: returns a function that starts receivers, which are closed after their test. */
export function receiverPerTest(): typeof startReceiver {
  const started: Awaited<ReturnType<typeof startReceiver>>[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) await one.close();
  });
  return async (...script) => {
    const one = await startReceiver(...script);
    started.push(one);
    return one;
  };
}

/** A receiver for the tests of a spec file. */
export const receiverPerFile = (...script: Parameters<typeof startReceiver>) => perFile(() => startReceiver(...script));
