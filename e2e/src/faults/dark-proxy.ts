import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy to a TCP port that can drop all packets without an error, as when a network fails. */
export class DarkProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #dark = false;

  constructor(port: number) {
    this.#server = createServer((near) => {
      this.#keep(near);
      // Accepted and never answered, as by a host that drops packets.
      if (this.#dark) return;
      const far = connect(port, '127.0.0.1');
      this.#keep(far);
      this.#forward(near, far);
      this.#forward(far, near);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes. Existing connections stay dead even after `heal`. */
  goDark(): void {
    this.#dark = true;
    for (const socket of this.#sockets) socket.removeAllListeners('data').removeAllListeners('close').pause();
  }

  /** New connections work again. */
  heal(): void {
    this.#dark = false;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
  }

  #forward(from: Socket, to: Socket): void {
    from.on('data', (bytes) => to.write(bytes));
    from.on('close', () => to.destroy());
  }
}
