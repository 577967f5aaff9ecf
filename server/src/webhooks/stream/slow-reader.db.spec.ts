import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ApiApp, startApiApp } from '../../../test/api-app.js';
import { EventStream } from '../../../test/event-stream.js';
import { eventually } from '../../../test/eventually.js';
import { addPerson, type Person } from '../../../test/person.js';
import { Streams } from './streams.service.js';

/* Somebody who opens a stream and never reads it: what waits for him is bounded, then he is cut off. */

const READERS = 3;
/** What the operating system takes for each by itself is up to 10 MB; of ours are 256 KiB. */
const MOST_MEGABYTES = 40;

let api: ApiApp;
let person: Person;

beforeAll(async () => {
  api = await startApiApp({ ROLE: 'api' });
  person = await addPerson(api, (await api.addAgency()).id, 'viewer');
}, 60_000);
afterAll(() => api?.close());

const connections = () =>
  new Promise<number>((resolve) => api.app.getHttpServer().getConnections((_error, count) => resolve(count)));

async function openAndNeverRead(): Promise<Socket> {
  const { port } = new URL(await api.app.getUrl());
  const socket = connect(Number(port), '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET /api/recruiter/stream HTTP/1.1\r\nhost: localhost\r\ncookie: ${person.cookie}\r\n\r\n`);
  return socket;
}

it('costs no more than a little memory and is cut off; others go on', async () => {
  const sockets = await Promise.all(Array.from({ length: READERS }, openAndNeverRead));
  await eventually(async () => expect(await connections()).toBe(READERS));
  const streams = api.app.get(Streams);
  const used = () => (process.memoryUsage().heapUsed + process.memoryUsage().external) / 1e6;
  const before = used();
  let most = 0;
  let sent = 0;
  // Millions, if they are let.
  while ((await connections()) > 0 && sent < 2_000_000) {
    for (let n = 0; n < 1_000; n++) streams.heartbeat();
    sent += 1_000;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, used() - before);
  }
  console.log(`${READERS} who never read: cut off after ${sent} messages, ${most.toFixed(0)} MB at most`);
  expect(await connections()).toBe(0);
  expect(most).toBeLessThan(MOST_MEGABYTES);
  sockets.forEach((socket) => socket.destroy());

  const reader = await EventStream.open(await api.app.getUrl(), { cookie: person.cookie });
  for (let n = 0; n < 20; n++) streams.heartbeat();
  await eventually(() => expect(reader.of('heartbeat').length).toBeGreaterThan(20));
  reader.close();
}, 120_000);
