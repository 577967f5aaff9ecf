import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, recruiter } from '../support/client.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/* Receivers that mean harm, or are broken: every attempt ends in time with the right reason, and nobody else waits. */

const TIMEOUT_MS = 1_000;
/** What an attempt may take in all: 10 s and 1.5 s of the promise, scaled, and half a second for a busy machine. */
const MOST_MS = TIMEOUT_MS + 1_500 + 500;

const OK = 'HTTP/1.1 200 OK\r\n';
const drip = (socket: Socket, text: string, everyMs: number) => {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on('close', () => clearInterval(timer));
};
const flood = (socket: Socket, text: string) => {
  const chunk = text.repeat(Math.ceil(65_536 / text.length));
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) if (socket.writableLength > 1_000_000) break;
  };
  socket.on('drain', more);
  more();
};

/** What each does with a connection once the request has begun to arrive; the reason and status that the log must show. */
const KINDS: [name: string, reason: string, status: number | null, act: (socket: Socket) => void][] = [
  ['never answers', 'timeout', null, () => {}],
  ['drips its headers', 'timeout', null, (socket) => (socket.write(`${OK}x-slow: `), drip(socket, 'x', 50))],
  ['sends 1xx without end', 'timeout', null, (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 50)],
  [
    'drips its body',
    'ok',
    200,
    (socket) => (socket.write(`${OK}content-length: 999999\r\n\r\n`), drip(socket, 'x', 50)),
  ],
  ['sends a body without end', 'ok', 200, (socket) => (socket.write(`${OK}\r\n`), flood(socket, 'garbage '))],
  [
    'says gzip and sends a bomb',
    'ok',
    200,
    (socket) => (socket.write(`${OK}content-encoding: gzip\r\n\r\n`), flood(socket, '\u0000')),
  ],
  ['sends 200 KiB of headers', 'bad_answer', null, (socket) => socket.end(`${OK}x: ${'y'.repeat(200 * 1024)}\r\n\r\n`)],
  ['is no web server', 'bad_answer', null, (socket) => socket.end('220 mail.example ESMTP\r\n')],
  ['resets the connection', 'reset', null, (socket) => socket.resetAndDestroy()],
  ['hangs up in the middle of its body', 'ok', 200, (socket) => socket.end(`${OK}content-length: 100\r\n\r\nhalf`)],
  [
    'redirects to this machine',
    'redirect',
    302,
    (socket) => socket.end('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
  ],
];

let server: TestServer;
let healthy: Receiver;
const open: Server[] = [];
const sockets = new Set<Socket>();

function listen(act: (socket: Socket) => void): Promise<string> {
  const hostile = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('data', () => act(socket));
  });
  open.push(hostile);
  return new Promise((resolve) => {
    hostile.listen(0, '127.0.0.1', () => resolve(`http://localhost:${(hostile.address() as AddressInfo).port}/in`));
  });
}

beforeAll(async () => {
  [server, healthy] = await Promise.all([
    startServer({ env: { ATTEMPT_TIMEOUT_MS: String(TIMEOUT_MS) } }),
    startReceiver(),
  ]);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const hostile of open) hostile.close();
  await healthy.close();
  await server.stop();
});

interface TestAnswer {
  status: string;
  attempt: { reason: string; response_status: number | null; duration_ms: number; response_body: string | null };
}

async function sendTest(url: string): Promise<TestAnswer> {
  const { id } = await addWebhook(server, { url });
  const response = await recruiter(server).post(`/api/recruiter/webhooks/${id}/test`).send({});
  expect(response.status).toBe(200);
  return response.body as TestAnswer;
}

describe('a receiver that', () => {
  it.concurrent.each(KINDS)('%s ends as %s in time', async (_name, reason, status, act) => {
    const { attempt } = await sendTest(await listen(act));
    expect(attempt).toMatchObject({ reason, response_status: status });
    expect(attempt.duration_ms).toBeLessThanOrEqual(MOST_MS);
    expect(Buffer.byteLength(attempt.response_body ?? '')).toBeLessThanOrEqual(16 * 1024);
    expect(attempt.response_body ?? '').not.toContain('\u0000');
  });

  it('hangs does not delay the answer of another', async () => {
    const url = await listen(() => {});
    const hanging = Array.from({ length: 8 }, () => sendTest(url));
    const { attempt } = await sendTest(healthy.url('/in'));
    expect(attempt).toMatchObject({ reason: 'ok' });
    expect(attempt.duration_ms).toBeLessThan(TIMEOUT_MS);
    for (const { attempt: late } of await Promise.all(hanging)) expect(late.reason).toBe('timeout');
  });
});
