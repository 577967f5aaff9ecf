import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A proxy to a server that can be cut: open connections break and new ones are refused until it is restored. When
 * frozen, it passes nothing on and closes nothing, like a network that has lost a connection.
 */
export class CutProxy {
  readonly #sockets = new Set<Socket>();
  /** Connections that came while it is frozen; null if it is not. */
  #held: Socket[] | null = null;
  #server: Server | null = null;
  #port = 0;

  constructor(private readonly target: number) {}

  /** Its address, which stays the same after a cut. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async restore(): Promise<this> {
    const server = createServer((near) => {
      if (this.#held === null) return this.#join(near);
      this.#held.push(near.on('error', () => undefined));
    });
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

  freeze(): void {
    this.#held = [];
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    for (const socket of this.#sockets) socket.resume();
    for (const near of this.#held ?? []) if (!near.destroyed) this.#join(near);
    this.#held = null;
  }

  #join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
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
