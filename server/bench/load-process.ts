import { connect, type Socket } from 'node:net';
import { sharedMs } from './clock.js';
import { eventMaker } from './events.js';
import type { Options } from './options.js';
import { turn } from './scenario.js';

/*
 * The publisher of the HTTP scenarios, in a separate process: each connection sends a request, waits for the response,
 * sends the next; or requests are sent at a fixed rate. On raw sockets, so that on two cores the load takes as little
 * CPU as possible from the server.
 */

export interface Load {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  token: string;
  connections: number;
  requests: number;
  /** Events of one request. */
  size: number;
  /** In turn. */
  agencies: readonly string[];
  options: Pick<Options, 'payload' | 'keys'>;
  /** Sends at this rate, on as many connections as it takes; null: as fast as the responses come. */
  perSecond: number | null;
}

export interface LoadResult {
  /** Number of responses by status. */
  statuses: Record<string, number>;
  /** With `perSecond`: the accepted events, when each was to be sent and when it was answered, by `sharedMs`. */
  accepted: { ids: string[]; dueAt: number[]; answeredAt: number[] };
}

/** JSON bodies, one request each. */
function* bodiesOf({ requests, size, agencies, options }: Load): Generator<string, undefined> {
  const makeEvent = eventMaker(options);
  for (let request = 0; request < requests; request++) {
    const events = Array.from({ length: size }, (_, index) => makeEvent(turn(agencies, request * size + index)));
    yield JSON.stringify(size === 1 ? events[0] : events);
  }
}

function requestOf({ token }: Load, body: string): string {
  return [
    'POST /api/internal/events HTTP/1.1',
    'host: bench',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

type Answered = (status: string, body: string) => void;

/** A connection that calls `onAnswer` for each response. */
function openConnection({ origin }: Load, onAnswer: Answered): Socket {
  const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1', noDelay: true });
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    const end = rest.indexOf('\r\n\r\n');
    const length = end < 0 ? null : /\r\ncontent-length: (\d+)/i.exec(rest);
    if (!length || rest.length < end + 4 + Number(length[1])) return;
    const [status, body] = [rest.slice(9, 12), rest.slice(end + 4)];
    rest = '';
    onAnswer(status, body);
  });
  return socket;
}

/** Sends the next request when the last is answered. */
function inSequence(load: Load, next: () => string | undefined, count: (status: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = openConnection(load, (status) => {
      count(status);
      send();
    });
    const send = () => {
      const body = next();
      if (body === undefined) socket.end();
      else socket.write(requestOf(load, body));
    };
    socket.on('connect', send).on('close', resolve).on('error', reject);
  });
}

/** Makes and sends each request when it is due, on a connection that waits for none. */
function atRate(load: Load, perSecond: number, result: LoadResult, count: (status: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const idle: ((body: string, dueAt: number) => void)[] = [];
    const bodies = bodiesOf(load);
    const { ids, dueAt: due, answeredAt } = result.accepted;
    const start = sharedMs();
    let [sent, answers] = [0, 0];
    const newSender = () => {
      let sentFor = 0;
      const socket = openConnection(load, (status, body) => {
        count(status);
        if (status === '202') {
          const { id } = JSON.parse(body) as { id: string };
          ids.push(id);
          due.push(sentFor);
          answeredAt.push(sharedMs());
        }
        idle.push(send);
        if (++answers === load.requests) resolve();
      });
      const send = (body: string, dueAt: number) => {
        sentFor = dueAt;
        socket.write(requestOf(load, body));
      };
      socket.on('error', reject);
      return send;
    };
    const timer = setInterval(() => {
      for (; sent < load.requests; sent++) {
        const dueAt = start + (sent * 1000) / perSecond;
        if (dueAt > sharedMs()) return;
        (idle.pop() ?? newSender())(bodies.next().value!, dueAt);
      }
      clearInterval(timer);
    }, 1);
  });
}

async function run(load: Load): Promise<LoadResult> {
  const result: LoadResult = { statuses: {}, accepted: { ids: [], dueAt: [], answeredAt: [] } };
  const count = (status: string) => void (result.statuses[status] = (result.statuses[status] ?? 0) + 1);
  if (load.perSecond === null) {
    const bodies = made.values();
    const next = () => bodies.next().value;
    await Promise.all(Array.from({ length: load.connections }, () => inSequence(load, next, count)));
  } else await atRate(load, load.perSecond, result, count);
  return result;
}

let given: Load;
/** Made before the clock starts. */
let made: string[] = [];
process.on('message', (message: Load | 'go') => {
  if (message !== 'go') {
    given = message;
    if (given.perSecond === null) made = [...bodiesOf(given)];
    process.send!('ready');
    return;
  }
  void run(given).then((result) => process.send!(result));
});
process.on('disconnect', () => process.exit(0));
