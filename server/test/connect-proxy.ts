import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';

export interface ConnectProxy {
  port: number;
  /** The requests as they came: their target and headers. */
  asked: { target: string; headers: IncomingMessage['headers'] }[];
  /** Answers every request with this status; null: connects. `silent`: never answers. */
  refuses: number | 'silent' | null;
  close(): Promise<void>;
}

/** A proxy on loopback that tunnels (CONNECT) and, like many, would resolve a name if it were given one. */
export async function startConnectProxy(
  options: { tls?: TlsOptions; credentials?: string; port?: number } = {},
): Promise<ConnectProxy> {
  const server = options.tls ? createTlsServer(options.tls) : createServer();
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket, head: Buffer) => {
    proxy.asked.push({ target: url, headers });
    const known = `Basic ${Buffer.from(options.credentials ?? '').toString('base64')}`;
    const wrong = options.credentials !== undefined && headers['proxy-authorization'] !== known;
    const status = wrong ? 407 : proxy.refuses;
    if (status === 'silent') return;
    if (status !== null) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
      return;
    }
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(url) ?? [];
    const outside = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      outside.write(head);
      outside.pipe(client).pipe(outside);
    });
    keep(outside);
    outside.once('error', () => client.end('HTTP/1.1 502 Bad gateway\r\n\r\n'));
    client.once('close', () => outside.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const proxy: ConnectProxy = {
    port: (server.address() as AddressInfo).port,
    asked: [],
    refuses: null,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
