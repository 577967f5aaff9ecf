import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DarkProxy {
  /** `url` with the proxy's host and port. */
  through(url: string): string;
  /** Resolves when it has gone dark. */
  dark: Promise<void>;
  close(): void;
}

/** A TCP proxy to PostgreSQL that goes dark once a client sends `word`: it drops all data and closes no connection. */
export async function startDarkProxy(target: string, word: string): Promise<DarkProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isDark = false;
  let goDark = () => {};
  const dark = new Promise<void>((resolve) => (goDark = resolve));
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.on('data', (bytes) => {
      isDark ||= bytes.includes(word);
      if (isDark) goDark();
      else far.write(bytes);
    });
    far.on('data', (bytes) => isDark || near.write(bytes));
    far.on('close', () => isDark || near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    through(url) {
      const changed = new URL(url);
      [changed.hostname, changed.port] = ['127.0.0.1', String((server.address() as AddressInfo).port)];
      return changed.href;
    },
    dark,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
