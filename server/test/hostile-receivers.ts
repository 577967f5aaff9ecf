import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { every, ODD_ANSWERS, OK } from './odd-answers.js';

/** Receivers that each misbehave in one way, on raw sockets so that no library corrects them. */
export const HOSTILE_ANSWERS = {
  ...ODD_ANSWERS,
  /** Reads the request and never answers. */
  never_answers: () => undefined,
  /** An endless header, byte by byte. */
  header_drip: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    every(socket, 20, () => socket.write('a'));
  },
  /** Valid headers, then a body byte by byte: every byte restarts an idle timeout. */
  body_drip: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
    every(socket, 20, () => socket.write('b'));
  },
  /** Answers at once and ends its body 1.5 seconds later. */
  slow_body: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no');
    setTimeout(() => socket.write('k'), 1_500);
  },
  /** Endless interim responses, slowly: each restarts a header timeout. */
  interim_drip: (socket) => every(socket, 20, () => socket.write('HTTP/1.1 102 Processing\r\n\r\n')),
  /** Endless interim responses, as fast as they are read. */
  interim_flood: (socket) => flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(2_000)),
  /** An endless status line, as fast as it is read. */
  status_flood: (socket) => {
    socket.write('HTTP/1.1 200 ');
    flood(socket, 'x'.repeat(65_536));
  },
  /** An endless body, as fast as it is read. */
  body_flood: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    flood(socket, `10000\r\n${'y'.repeat(65_536)}\r\n`);
  },
  /** 20 MB of zeros in 20 KB of gzip. */
  gzip_bomb: (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb().length}\r\n\r\n`);
    socket.write(bomb());
  },
  /** One header of 200 KiB. */
  huge_header: (socket) => {
    socket.end(`HTTP/1.1 200 OK\r\nx-huge: ${'h'.repeat(204_800)}\r\ncontent-length: 0\r\n\r\n`);
  },
  /** Resets the connection instead of answering. */
  reset: (socket) => socket.resetAndDestroy(),
  /** Closes the connection instead of answering. */
  hang_up: (socket) => socket.end(),
  /** Declares 1000 bytes, sends 4, closes. */
  hang_up_mid_body: (socket) => {
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf');
  },
  /** Declares 1000 bytes, sends 4, resets. */
  reset_mid_body: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf', () => socket.resetAndDestroy());
  },
  /** Redirects the client to its own machine. */
  redirect_to_loopback: (socket) => {
    socket.end('HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 5\r\n\r\nMoved');
  },
  /** Not HTTP. */
  not_http: (socket) => socket.end('220 mail.example.org ESMTP ready\r\n'),
  /** Text that cannot be stored as it is: NUL, a truncated character, invalid UTF-8. */
  binary_body: (socket) => {
    const body = Buffer.from([0x6f, 0x6b, 0x00, 0xff, 0xfe, 0x21, 0xe2, 0x82]);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
  },
  /** Answers the first request of a connection, keeps it alive, and closes it when the second arrives. */
  stale_keep_alive: (socket, request) => {
    if (request === 1) socket.write(OK);
    else socket.destroy();
  },
  /** The same, but sends one byte of an answer first. */
  stale_after_first_byte: (socket, request) => {
    if (request === 1) socket.write(OK);
    else socket.end('H');
  },
  /** The same, and never answers on new connections. */
  stale_then_silent: (socket, request, connection) => {
    if (connection === 1 && request === 1) socket.write(OK);
    else if (connection === 1) socket.destroy();
  },
  /** The same, and resets new connections. */
  stale_then_reset: (socket, request, connection) => {
    if (connection === 1 && request === 1) socket.write(OK);
    else if (connection === 1) socket.destroy();
    else socket.resetAndDestroy();
  },
  well_behaved: (socket) => {
    socket.write(OK);
  },
} satisfies Record<string, (socket: Socket, requestOnThisConnection: number, connection: number) => unknown>;

export type HostileKind = keyof typeof HOSTILE_ANSWERS;

export interface Receiver {
  port: number;
  connections: number;
  /** Requests read completely. */
  requests: number;
  /** Bytes of request bodies read; with TLS, after decryption. */
  bodyBytes: number;
  /** The last request as received, headers and body. */
  lastRequest: string;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Loopback address to listen on; default 127.0.0.1. */
  host?: string;
  port?: number;
  /** PEM texts, which make the receiver speak TLS. */
  tls?: TlsOptions;
}

/** Starts a receiver that misbehaves in the given way on every request. */
export async function startReceiver(kind: HostileKind, options: ReceiverOptions = {}): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const receiver: Receiver = { port: 0, connections: 0, requests: 0, bodyBytes: 0, lastRequest: '', close };
  const server: Server = options.tls ? createTlsServer(options.tls) : createTcpServer();
  server.on('connection', (socket: Socket) => {
    receiver.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) =>
    serveConnection(socket, kind, receiver),
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  receiver.port = (server.address() as AddressInfo).port;
  return receiver;

  function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  }
}

function serveConnection(socket: Socket, kind: HostileKind, receiver: Receiver): void {
  let unread = Buffer.alloc(0);
  const connection = receiver.connections;
  let served = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (let size = requestSize(unread); size !== null; size = requestSize(unread)) {
      receiver.requests += 1;
      receiver.bodyBytes += size.body;
      receiver.lastRequest = unread.toString('latin1', 0, size.total);
      unread = unread.subarray(size.total);
      served += 1;
      HOSTILE_ANSWERS[kind](socket, served, connection);
    }
  });
}

/** Null until the whole request, by its content-length, has been read. */
function requestSize(bytes: Buffer): { total: number; body: number } | null {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return null;
  const body = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
  const total = head + 4 + body;
  return bytes.length >= total ? { total, body } : null;
}

function flood(socket: Socket, chunk: string): void {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(chunk)) continue;
  };
  socket.on('drain', pour);
  pour();
}

let cachedBomb: Buffer | undefined;
function bomb(): Buffer {
  return (cachedBomb ??= gzipSync(Buffer.alloc(20_000_000)));
}
