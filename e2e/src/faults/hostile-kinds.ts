import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/* What malicious or broken receivers do with a connection, and what the log must say. */

export interface Kind {
  name: string;
  reason: string;
  status: number | null;
  /** Called once the request has begun to arrive. */
  act: (socket: Socket) => void;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const drip = (socket: Socket, text: string, everyMs: number) => {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on('close', () => clearInterval(timer));
};
const flood = (socket: Socket, piece: string | Buffer) => {
  const bytes = Buffer.from(piece);
  const chunk = Buffer.alloc(Math.max(65_536, bytes.length), bytes);
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) if (socket.writableLength > 1_000_000) break;
  };
  socket.on('drain', more);
  more();
};

/**
 * 64 MiB in 64 KiB. A gzip file may repeat these any number of times, which makes an endless bomb. Made before the
 * first request, because on a busy machine it takes a second in which no receiver answers.
 */
const GZIP_BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));

export const KINDS: Kind[] = [
  { name: 'never answers', reason: 'timeout', status: null, act: () => {} },
  {
    name: 'drips its headers',
    reason: 'ok',
    status: 200,
    act: (socket) => (socket.write(`${OK}x-slow: `), drip(socket, 'x', 50)),
  },
  {
    name: 'sends 1xx without end',
    reason: 'timeout',
    status: null,
    act: (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 50),
  },
  {
    name: 'drips its body',
    reason: 'ok',
    status: 200,
    act: (socket) => (socket.write(`${OK}content-length: 999999\r\n\r\n`), drip(socket, 'x', 50)),
  },
  {
    name: 'sends a body without end',
    reason: 'ok',
    status: 200,
    act: (socket) => (socket.write(`${OK}\r\n`), flood(socket, 'garbage ')),
  },
  {
    name: 'sends a gzip bomb',
    reason: 'ok',
    status: 200,
    act: (socket) => (socket.write(`${OK}content-encoding: gzip\r\n\r\n`), flood(socket, GZIP_BOMB)),
  },
  {
    name: 'sends NUL without end',
    reason: 'ok',
    status: 200,
    act: (socket) => (socket.write(`${OK}content-type: text/plain\r\n\r\n`), flood(socket, '\u0000')),
  },
  {
    name: 'sends 200 KiB of headers',
    reason: 'ok',
    status: 200,
    act: (socket) => socket.end(`${OK}x: ${'y'.repeat(200 * 1024)}\r\n\r\n`),
  },
  {
    name: 'frames its body twice',
    reason: 'ok',
    status: 200,
    act: (socket) => socket.write(`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok`),
  },
  {
    name: 'folds a header',
    reason: 'ok',
    status: 200,
    act: (socket) => socket.write(`${OK}x-folded: one\r\n two\r\ncontent-length: 2\r\n\r\nok`),
  },
  {
    name: 'says "continue" unasked',
    reason: 'ok',
    status: 200,
    act: (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nok`),
  },
  {
    name: 'has the status 000',
    reason: 'bad_answer',
    status: null,
    act: (socket) => socket.end('HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n'),
  },
  {
    name: 'is no web server',
    reason: 'bad_answer',
    status: null,
    act: (socket) => socket.end('220 mail.example ESMTP\r\n'),
  },
  { name: 'resets the connection', reason: 'reset', status: null, act: (socket) => socket.resetAndDestroy() },
  {
    name: 'hangs up in the middle of its body',
    reason: 'ok',
    status: 200,
    act: (socket) => socket.end(`${OK}content-length: 100\r\n\r\nhalf`),
  },
  {
    name: 'redirects to this machine',
    reason: 'redirect',
    status: 302,
    act: (socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
  },
];
