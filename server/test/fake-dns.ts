import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** The answer for a name: addresses of both families (a query gets those of its own), or a failure mode. */
export type FakeAnswer = string[] | keyof typeof FLAGS | 'silent';

export interface FakeDns {
  /** `ip:port`, as for DNS_SERVERS. */
  address: string;
  /** Questions received so far, as "A name" or "AAAA name". */
  questions: string[];
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
/** Header flags; `truncated` makes a resolver retry over TCP, where nothing listens. */
const FLAGS = { not_found: 3, server_failure: 2, refused: 5, not_implemented: 4, truncated: 0x0200 };
/** Long, to reveal a resolver that caches. */
const TTL_SECONDS = 3_600;

/**
 * A name server on loopback (UDP only) for A and AAAA questions; calls `answer` for every question, with the name
 * in lower case and without a trailing dot.
 */
export async function startFakeDns(answer: (name: string, type: 'A' | 'AAAA') => FakeAnswer): Promise<FakeDns> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(query);
    if (type !== TYPE_A && type !== TYPE_AAAA) return;
    const kind = type === TYPE_A ? 'A' : 'AAAA';
    questions.push(`${kind} ${name}`);
    const result = answer(name, kind);
    if (result !== 'silent') socket.send(response(query.subarray(0, end), type, result), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function response(question: Buffer, type: number, answer: Exclude<FakeAnswer, 'silent'>): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer.filter((ip) => isIPv4(ip) === (type === TYPE_A));
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? FLAGS[answer] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  header.writeUInt32BE(0, 8); // no authority or additional records, even if the query has some
  return Buffer.concat([header, question.subarray(12), ...addresses.map((ip) => record(type, ip))]);
}

function record(type: number, ip: string): Buffer {
  const data = type === TYPE_A ? Buffer.from(ip.split('.').map(Number)) : ipv6Bytes(ip);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(ip: string): Buffer {
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = canonical.split('::');
  const groups = (text: string) => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const bytes = Buffer.alloc(16);
  groups(head).forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  groups(tail).forEach((group, index, all) => bytes.writeUInt16BE(group, 16 - (all.length - index) * 2));
  return bytes;
}
