import type { Socket } from 'node:net';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/* Responses of broken or outdated servers, proxies and firewalls. */

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
/** The body of answers in an unusual encoding. */
export const ANSWER = 'José says ok';
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

export const ODD_ANSWERS = {
  /** Requests the body, which is already on its way, and answers later. */
  unasked_continue: (socket) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    setTimeout(() => socket.write(OK), 50);
  },
  /** The same after early hints, byte by byte. */
  continue_in_pieces: (socket) => {
    const bytes = `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}`.split('');
    every(socket, 1, () => bytes.length > 0 && socket.write(bytes.shift()!));
  },
  /** Both content-length and chunked. */
  both_lengths: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok');
  },
  /** Two different lengths. */
  two_lengths: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok');
  },
  /** An invalid header line. */
  bad_header: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nthis is no header\r\ncontent-length: 2\r\n\r\nok');
  },
  /** A folded header, obsolete since 2014. */
  folded_header: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-folded: one\r\n\t two\r\ncontent-length: 2\r\n\r\nok');
  },
  /** 24 headers of 1 KiB. */
  many_headers: (socket) => {
    const headers = Array.from({ length: 24 }, (_, n) => `x-${n}: ${'h'.repeat(1_024)}\r\n`);
    socket.write(`HTTP/1.1 200 OK\r\n${headers.join('')}content-length: 2\r\n\r\nok`);
  },
  /** Closes in the middle of its headers. */
  hang_up_mid_head: (socket) => socket.end('HTTP/1.1 200 OK\r\nx-whole: 1\r\nx-half: '),
  /** An error with both content-length and chunked. */
  refusal_with_both_lengths: (socket) => {
    socket.write('HTTP/1.1 500 Oh\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nno');
  },
  /** An invalid status. */
  status_000: (socket) => socket.end('HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n'),
  /** No status, but a later line looks like one. */
  no_status: (socket) => socket.end('HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
  /** Switches to another protocol. */
  switches_protocol: (socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  },
  /** Sends a second response with the first, in answer to a future request. */
  answers_ahead: (socket, request) => {
    socket.write(request === 1 ? `${OK}HTTP/1.1 503 Stale\r\ncontent-length: 0\r\n\r\n` : OK);
  },
  gzip: (socket) => compressed(socket, 'gzip', gzipSync(ANSWER)),
  deflate: (socket) => compressed(socket, 'deflate', deflateSync(ANSWER)),
  raw_deflate: (socket) => compressed(socket, 'deflate', deflateRawSync(ANSWER)),
  brotli: (socket) => compressed(socket, 'br', brotliCompressSync(ANSWER)),
  /** Declares gzip but is not. */
  not_gzip: (socket) => compressed(socket, 'gzip', Buffer.from([0xff, 0xfe])),
  latin_1: (socket) => {
    const body = Buffer.from(ANSWER, 'latin1');
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=ISO-8859-1\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
  },
  /** 16 MB of zeros in a few bytes of brotli. */
  brotli_bomb: (socket) => compressed(socket, 'br', brotliCompressSync(Buffer.alloc(16_000_000), QUICK)),
} satisfies Record<string, (socket: Socket, requestOnThisConnection: number) => unknown>;

function compressed(socket: Socket, coding: string, body: Buffer): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
}

export function every(socket: Socket, ms: number, act: () => void): void {
  const timer = setInterval(act, ms);
  socket.once('close', () => clearInterval(timer));
}
