import { readFileSync } from 'node:fs';
import { connect, Socket, type TcpNetConnectOpts } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startFakeDns, type FakeAnswer, type FakeDns } from '../../test/fake-dns.js';
import { startReceiver, type Receiver } from '../../test/hostile-receivers.js';
import { compileAddressRules, type AddressRules } from './address-guard.js';
import type { OutboundFailure } from './failure.js';
import { GuardedConnector, type ConnectTiming } from './guarded-connector.js';
import { HostResolver } from './resolver.js';

interface Corpus {
  badIps: string[];
  /** `dials`: the addresses to try, in order; the others are private. */
  resolution: { name: string; a: string[]; aaaa: string[]; dials: string[] }[];
}

const corpus = JSON.parse(readFileSync(new URL('ssrf-corpus.json', import.meta.url), 'utf8')) as Corpus;
const closed = compileAddressRules([]);
const loopback = compileAddressRules(['127.0.0.0/8', '::1/128']);

describe('GuardedConnector', () => {
  let dns: FakeDns;
  let resolver: HostResolver;
  let receiver: Receiver;
  let answers: Record<string, FakeAnswer>;
  let dialled: string[];

  beforeAll(async () => {
    dns = await startFakeDns((name) => answers[name] ?? 'not_found');
    resolver = new HostResolver([dns.address], 400);
    receiver = await startReceiver('well_behaved');
  });
  beforeEach(() => {
    answers = Object.fromEntries(corpus.resolution.map(({ name, a, aaaa }) => [name, [...a, ...aaaa]]));
    dialled = [];
  });
  afterAll(async () => {
    resolver.close();
    await Promise.all([dns.close(), receiver.close()]);
  });

  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  /** Records the address and refuses, so that no test ever leaves this machine. */
  const refuse = ({ host }: TcpNetConnectOpts) => {
    dialled.push(String(host));
    return new Socket().destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  };
  const reallyConnect = (options: TcpNetConnectOpts) => {
    dialled.push(String(options.host));
    return connect(options);
  };

  let timing: ConnectTiming;
  /** The reason of the failure, or null. */
  async function open(host: string, rules: AddressRules, dial: (options: TcpNetConnectOpts) => Socket, own = false) {
    const connector = new GuardedConnector({ rules, resolver, dial });
    timing = { dnsMs: null, connectMs: null, tlsMs: null };
    const opening = { step: 'look_up' as const, since: 0, timing, signal: AbortSignal.timeout(1_500) };
    try {
      sockets.push(await connector.open({ host, port: receiver.port, secure: false, own }, opening));
      return null;
    } catch (error) {
      return (error as OutboundFailure).reason;
    }
  }

  it.each(corpus.resolution.filter((entry) => entry.dials.length === 0))(
    'refuses $name ($a $aaaa) without sending a packet',
    async ({ name, a, aaaa }) => {
      expect(await open(name, closed, refuse)).toBe(a.length + aaaa.length > 0 ? 'blocked_address' : 'dns');
      expect(dialled).toEqual([]);
    },
  );

  it.each(corpus.resolution.filter((entry) => entry.dials.length > 0))(
    'tries the public addresses of $name ($a $aaaa), alternating families',
    async ({ name, dials }) => {
      expect(await open(name, closed, refuse)).toBe('refused');
      expect(dialled).toEqual(dials);
    },
  );

  it.each(corpus.badIps)('refuses the literal %s without sending a packet', async (ip) => {
    expect(await open(ip, closed, refuse)).not.toBeNull();
    expect(dialled).toEqual([]);
  });

  it('connects only to the checked addresses, never to the name', async () => {
    answers['receiver.io'] = ['127.0.0.1'];
    expect(await open('receiver.io', loopback, reallyConnect)).toBeNull();
    expect(dialled).toEqual(['127.0.0.1']);
  });

  it('tries the next address when a connection is refused', async () => {
    answers['two.io'] = ['127.0.0.9', '127.0.0.1'];
    expect(await open('two.io', loopback, (o) => (o.host === '127.0.0.9' ? refuse(o) : reallyConnect(o)))).toBeNull();
    expect(dialled).toEqual(['127.0.0.9', '127.0.0.1']);
  });

  it('tries the next address in parallel to one that hangs, and closes the loser', async () => {
    answers['hole.io'] = ['127.0.0.9', '127.0.0.1'];
    const hole = new Socket();
    expect(await open('hole.io', loopback, (o) => (o.host === '127.0.0.9' ? hole : reallyConnect(o)))).toBeNull();
    expect(timing.connectMs).toBeGreaterThanOrEqual(249);
    expect(hole.destroyed).toBe(true);
  });

  it('uses a slow address if the next one is dead', async () => {
    answers['slow.io'] = ['127.0.0.9', '127.0.0.1'];
    const late = new Socket();
    const hole = new Socket();
    const opened = open('slow.io', loopback, ({ host }) => {
      if (host === '127.0.0.9') return late;
      late.connect(receiver.port, '127.0.0.1');
      return hole;
    });
    expect(await opened).toBeNull();
    expect([late.destroyed, hole.destroyed]).toEqual([false, true]);
  });

  it('leaves no socket open when aborted', async () => {
    answers['holes.io'] = ['127.0.0.9', '127.0.0.8', '127.0.0.7'];
    const holes: Socket[] = [];
    const hole = () => {
      holes.push(new Socket());
      return holes.at(-1)!;
    };
    expect(await open('holes.io', loopback, hole)).not.toBeNull();
    expect(holes.map((socket) => socket.destroyed)).toEqual([true, true, true]);
  });

  it.each([
    ['unreachable', ['EHOSTUNREACH', 'ENETUNREACH']],
    ['unreachable', ['ETIMEDOUT', 'EADDRNOTAVAIL']],
    ['refused', ['ECONNREFUSED', 'ENETUNREACH']],
    ['refused', ['EHOSTUNREACH', 'ECONNREFUSED']],
    ['our_fault', ['EADDRNOTAVAIL', 'ENETUNREACH']],
    ['our_fault', ['EMFILE', 'EMFILE']],
  ])('is %s when IPv4 and IPv6 fail with %j', async (reason, codes) => {
    answers['dead.io'] = ['127.0.0.9', '::1'];
    const fail = ({ host }: TcpNetConnectOpts) => {
      const error = { code: codes[host === '::1' ? 1 : 0], syscall: 'connect', address: host };
      return new Socket().destroy(Object.assign(new Error('failed'), error));
    };
    expect(await open('dead.io', loopback, fail)).toBe(reason);
  });

  it.each([
    ['dns', 'unknown.io', undefined],
    ['dns_unavailable', 'broken.io', 'server_failure'],
    ['dns_unavailable', 'silent.io', 'silent'],
  ] as const)('is %s for %s', async (reason, name, answer) => {
    if (answer) answers[name] = answer;
    expect(await open(name, closed, refuse)).toBe(reason);
  });

  it('tries at most six addresses of a name', async () => {
    answers['many.io'] = Array.from({ length: 25 }, (_, index) => `93.184.216.${index + 1}`);
    expect(await open('many.io', closed, refuse)).toBe('refused');
    expect(dialled).toHaveLength(6);
  });

  it('closes a connection that turns out to reach a refused range', async () => {
    answers['tunnel.io'] = ['93.184.216.34'];
    const before = receiver.requests;
    expect(await open('tunnel.io', closed, (o) => connect({ ...o, host: '127.0.0.1' }))).toBe('blocked_address');
    expect(receiver.requests).toBe(before);
  });

  it('resolves localhost without DNS, and only if loopback is allowed', async () => {
    const asked = dns.questions.length;
    expect(await open('localhost', loopback, reallyConnect)).toBeNull();
    expect(await open('localhost', closed, reallyConnect)).toBe('blocked_address');
    expect(dialled).toEqual(['127.0.0.1']);
    expect(dns.questions).toHaveLength(asked);
  });

  it('tries both loopback addresses for localhost', async () => {
    expect(await open('localhost', loopback, refuse)).toBe('refused');
    expect(dialled).toEqual(['127.0.0.1', '::1']);
  });

  it('reaches our own listener although loopback is not allowed', async () => {
    expect(await open('127.0.0.1', closed, reallyConnect, true)).toBeNull();
    expect(await open('127.0.0.1', closed, reallyConnect, false)).toBe('blocked_address');
  });
});
