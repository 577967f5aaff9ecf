import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { apiPerFile } from '../../../test/api-app.js';
import { EventStream } from '../../../test/event-stream.js';
import { eventually } from '../../../test/eventually.js';
import { addPerson, type Person } from '../../../test/person.js';
import { Streams } from './streams.service.js';

const READERS = 3;
/** At most 256 KiB are buffered per reader, plus overhead; socket buffers of the operating system are not counted. */
const MOST_MEGABYTES = 10;
const MESSAGES = 1_000;
const MEASURE_EVERY = 10_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Retained megabytes, after a collection. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

const api = apiPerFile({ ROLE: 'api' });
let person: Person;
const sockets: Socket[] = [];

beforeAll(async () => {
  person = await addPerson(api, (await api.addAgency()).id, 'viewer');
});
afterAll(() => {
  sockets.forEach((socket) => socket.destroy());
});

const connections = () =>
  new Promise<number>((resolve) => api.app.getHttpServer().getConnections((_error, count) => resolve(count)));

async function openAndNeverRead(): Promise<void> {
  const { port } = new URL(await api.app.getUrl());
  const socket = connect(Number(port), '127.0.0.1');
  sockets.push(socket);
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET /api/recruiter/stream HTTP/1.1\r\nhost: localhost\r\ncookie: ${person.cookie}\r\n\r\n`);
}

it('a client that never reads is bounded in memory and disconnected; others continue', async () => {
  await Promise.all(Array.from({ length: READERS }, openAndNeverRead));
  await eventually(async () => expect(await connections()).toBe(READERS));
  const streams = api.app.get(Streams);
  const before = held();
  let most = 0;
  let sent = 0;
  while ((await connections()) > 0 && most < MOST_MEGABYTES) {
    for (let n = 0; n < MESSAGES; n++) streams.heartbeat();
    sent += MESSAGES;
    await new Promise((resolve) => setImmediate(resolve));
    if (sent % MEASURE_EVERY === 0) most = Math.max(most, held() - before);
  }
  console.log(`${READERS} clients that never read: disconnected after ${sent} messages, ${most.toFixed(0)} MB at most`);
  expect(await connections()).toBe(0);
  expect(most).toBeLessThan(MOST_MEGABYTES);

  const reader = await EventStream.open(await api.app.getUrl(), { cookie: person.cookie });
  for (let n = 0; n < 20; n++) streams.heartbeat();
  await eventually(() => expect(reader.of('heartbeat').length).toBeGreaterThan(20));
  reader.close();
});
