import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { sharedMs } from './clock.js';

/*
 * The receiver: the part of HTTP that webhooks use, on raw sockets, several times cheaper than node:http, so that
 * it is never the bottleneck. The path determines the response: /ok, /wait/<ms>, /fail/<n> (500 to the first n
 * attempts), /some/<n> (500 to n % of the deliveries), /hang (never).
 */

/** Requests since the last `reset`, by column. */
export interface Received {
  deliveries: string[];
  events: string[];
  attempts: number[];
  /** On the clock of `sharedMs`. */
  at: number[];
}

export type ReceiverCommand = 'count' | 'received' | 'reset' | 'cpu' | 'drop';

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok';
const FAILED = 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nfailed';

let received: Received = empty();
const hung = new Set<Socket>();

function empty(): Received {
  return { deliveries: [], events: [], attempts: [], at: [] };
}

function header(head: string, name: string): string {
  const start = head.indexOf(`\r\n${name}: `);
  if (start < 0) return '';
  const from = start + name.length + 4;
  return head.slice(from, head.indexOf('\r\n', from));
}

/** From 0 to 99, by the random end of a delivery's id. */
const hundredth = (id: string) => Number.parseInt(id.slice(-6), 16) % 100;

function answer(socket: Socket, head: string): void {
  const at = sharedMs();
  const attempt = Number(header(head, 'x-webhook-attempt'));
  received.deliveries.push(header(head, 'x-webhook-delivery'));
  received.events.push(header(head, 'webhook-id'));
  received.attempts.push(attempt);
  received.at.push(at);
  const [, way, number] = head.slice(0, head.indexOf(' ', 5)).split(/[ /]+/);
  if (way === 'hang') hung.add(socket);
  else if (way === 'wait') setTimeout(() => socket.write(OK), Number(number));
  else if (way === 'some') socket.write(hundredth(header(head, 'x-webhook-delivery')) < Number(number) ? FAILED : OK);
  else socket.write(way === 'fail' && attempt <= Number(number) ? FAILED : OK);
}

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => hung.delete(socket));
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = rest.toString('latin1', 0, end + 2);
      const size = end + 4 + Number(header(head, 'content-length'));
      if (rest.length < size) return;
      rest = rest.subarray(size);
      answer(socket, head);
    }
  });
}

function reply(command: ReceiverCommand): unknown {
  switch (command) {
    case 'count':
      return received.deliveries.length;
    case 'received':
      return received;
    case 'reset':
      received = empty();
      return null;
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
    case 'drop':
      for (const socket of hung) socket.destroy();
      return null;
    default:
      throw new Error(`unknown command: ${String(command)}`);
  }
}

const pem = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/certificates/${name}.pem`, import.meta.url), 'utf8');

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4096, () => resolve(server));
  });
}

// Two plain ports: connections per origin are capped, so hanging requests need an origin of their own.
const secure = createTlsServer({ key: pem('receiver.key'), cert: pem('good'), minVersion: 'TLSv1.3' }, serve);
const servers = await Promise.all([createServer(serve), createServer(serve), secure].map(listen));
process.on('message', ({ id, command }: { id: number; command: ReceiverCommand }) => {
  process.send!({ id, answer: reply(command) });
});
process.on('disconnect', () => process.exit(0));
process.send!({ ports: servers.map((server) => (server.address() as AddressInfo).port) });
