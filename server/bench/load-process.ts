import { connect } from 'node:net';

/*
 * The publisher of the HTTP scenarios, in a separate process: each connection sends a request, waits for the
 * response, sends the next. On raw sockets, so that on two cores the load takes as little CPU as possible from the
 * server.
 */

export interface Load {
  port: number;
  path: string;
  token: string;
  connections: number;
  /** JSON bodies, one request each. */
  bodies: string[];
}

/** Number of responses by status. */
export type LoadResult = Record<string, number>;

function requestOf({ path, token }: Load, body: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    'host: bench',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function connection(load: Load, next: () => string | undefined, count: (status: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
    let rest = '';
    const send = () => {
      const body = next();
      if (body === undefined) socket.end();
      else socket.write(requestOf(load, body));
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (chunk: string) => {
      rest += chunk;
      const end = rest.indexOf('\r\n\r\n');
      const length = end < 0 ? null : /\r\ncontent-length: (\d+)/i.exec(rest);
      if (!length || rest.length < end + 4 + Number(length[1])) return;
      count(rest.slice(9, 12));
      rest = '';
      send();
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

async function run(load: Load): Promise<LoadResult> {
  const result: LoadResult = {};
  const bodies = load.bodies.values();
  const next = () => bodies.next().value;
  const count = (status: string) => void (result[status] = (result[status] ?? 0) + 1);
  await Promise.all(Array.from({ length: load.connections }, () => connection(load, next, count)));
  return result;
}

let given: Load;
process.on('message', (message: Load | 'go') => {
  if (message !== 'go') {
    given = message;
    process.send!('ready');
    return;
  }
  void run(given).then((result) => process.send!(result));
});
process.on('disconnect', () => process.exit(0));
