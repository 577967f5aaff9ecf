import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy to a server that can be cut: open connections break, new ones are refused, until it is restored. */
export class CutProxy {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(private readonly target: number) {}

  /** Where it is reached; the same after a cut. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async restore(): Promise<this> {
    const server = createServer((near) => this.#join(near, connect(this.target, '127.0.0.1')));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket
        .on('error', () => other.destroy())
        .on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  }
}
