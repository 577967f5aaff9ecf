import { createServer, type AddressInfo } from 'node:net';
import { KINDS, gzipBomb, type Kind } from './hostile-kinds.js';

/*
 * The hostile receivers, in a process of their own: the test's process, busy with its own requests, answered so late
 * that an attempt ran into its limit. Prints the port of each kind, by name.
 */

function listen({ name, act }: Kind): Promise<[name: string, port: number]> {
  const receiver = createServer((socket) => socket.on('error', () => {}).once('data', () => act(socket)));
  return new Promise((resolve) => {
    receiver.listen(0, '127.0.0.1', () => resolve([name, (receiver.address() as AddressInfo).port]));
  });
}

// Made when it is first needed, it stops all receivers for as long as that takes.
gzipBomb();
console.log(JSON.stringify(Object.fromEntries(await Promise.all(KINDS.map(listen)))));
