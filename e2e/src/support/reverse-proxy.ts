import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy that serves `target` under a path, at an address that stays the same when the target changes. */
export class ReverseProxy {
  readonly #server: Server;

  constructor(
    public target: () => string,
    private readonly path = '/webhooks-api',
  ) {
    this.#server = createServer((incoming, outgoing) => {
      const url = new URL(this.target() + incoming.url!.slice(this.path.length));
      const headers = { ...incoming.headers, host: url.host };
      const forwarded = request(url, { method: incoming.method, headers, agent: false }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.on('error', () => outgoing.destroy()).pipe(outgoing);
      });
      forwarded.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
      outgoing.on('close', () => forwarded.destroy());
      incoming.pipe(forwarded);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
