import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { eventually } from '../../test/eventually.js';
import { limitAnswers } from './answer-quota.js';

/* Larger than what the socket buffers hold for a client that does not read. */
const LARGE = 'x'.repeat(15 * 1024 * 1024);

let server: FastifyInstance;
let port: number;

beforeAll(async () => {
  server = fastify();
  limitAnswers(server, (request) => request.headers['x-agency'] as string);
  server.get('/large', () => LARGE);
  server.get('/small', () => 'x');
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Requests, and reads only the first bytes of the response. */
async function open(agency: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /large HTTP/1.1\r\nhost: x\r\nx-agency: ${agency}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 200/);
  return socket;
}

const ask = (path: string, agency: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-agency': agency } });
/** Text would be made of them, and of text a string. */
const bytesOf = async (agency: string) => (await (await ask('/large', agency)).arrayBuffer()).byteLength;

it('holds at most 32 MiB of unread responses per agency, without affecting other agencies', async () => {
  const unread = [await open('busy'), await open('busy')];
  const refused = await ask('/large', 'busy');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(await refused.json()).toMatchObject({ code: 'too_many_requests', status: 429 });
  expect(await (await ask('/small', 'busy')).text()).toBe('x');
  expect(await bytesOf('quiet')).toBe(LARGE.length);
  unread[0]!.destroy();
  await eventually(async () => expect(await bytesOf('busy')).toBe(LARGE.length));
  unread[1]!.destroy();
  for (let n = 0; n < 4; n++) expect(await bytesOf('quiet')).toBe(LARGE.length);
});
