import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startConnectProxy, type ConnectProxy } from '../../test/connect-proxy.js';
import { startFakeDns } from '../../test/fake-dns.js';
import { closeAfterTest, newClient, pem, post, receive, setUpOutbound, SHORT, tls } from '../../test/outbound.js';
import { outboundProxy } from '../config/outbound-proxy.js';
import { checkIp, compileAddressRules } from './address-guard.js';
import { ownAddresses } from './guarded-client.module.js';
import { ProxyTunnel } from './proxy-tunnel.js';

interface Corpus {
  badIps: string[];
  resolution: { name: string; a: string[]; aaaa: string[]; dials: string[] }[];
}

const corpus = JSON.parse(readFileSync(new URL('ssrf-corpus.json', import.meta.url), 'utf8')) as Corpus;
const NAME = 'hook.receivers.example.org';

setUpOutbound();

async function startProxy(options: Parameters<typeof startConnectProxy>[0] = {}): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(options);
  closeAfterTest(() => proxy.close());
  return proxy;
}

const tunnelTo = (port: number, { person = '', scheme = 'http' } = {}) =>
  new ProxyTunnel(outboundProxy(`${scheme}://${person}127.0.0.1:${port}`, [])!, pem('authority'));

let proxy: ConnectProxy;
afterEach(() => {
  // Whatever a test does, a proxy is never given a name.
  for (const { target, headers } of proxy.asked) {
    expect(isIP(target.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))).not.toBe(0);
    expect(headers.host).toBe(target);
  }
});

describe('requests through OUTBOUND_PROXY', () => {
  it.each(['http', 'https'])('reach a TLS receiver by its checked address, over an %s proxy', async (scheme) => {
    proxy = await startProxy({ credentials: 'bpoc:p@ss', ...(scheme === 'https' && { tls: tls('good') }) });
    const names: string[] = [];
    const SNICallback = (name: string, done: (error: null) => void) => {
      names.push(name);
      done(null);
    };
    const receiver = await receive('well_behaved', { tls: { ...tls('good'), SNICallback } });
    const client = newClient({ proxy: tunnelTo(proxy.port, { person: 'bpoc:p%40ss@', scheme }) });
    const url = `https://${NAME}:${receiver.port}/`;

    expect(await post(client, url)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await post(client, url)).toMatchObject({ kind: 'answered', connectMs: null });

    expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.1:${receiver.port}`]);
    expect(names).toEqual([NAME]);
    expect(receiver.lastRequest).toContain(`host: ${NAME}:${receiver.port}`);
    expect(receiver.lastRequest).not.toMatch(/proxy-|forwarded/i);
  });

  it('judge every address before the proxy is asked', async () => {
    proxy = await startProxy();
    proxy.refuses = 503;
    const answers = Object.fromEntries(corpus.resolution.map(({ name, a, aaaa }) => [name, [...a, ...aaaa]]));
    const dns = await startFakeDns((name) => answers[name] ?? 'not_found');
    closeAfterTest(() => dns.close());
    const rules = compileAddressRules([]);
    const client = newClient({ rules, dnsServers: [dns.address], proxy: tunnelTo(proxy.port) });

    const dialled: Record<string, string[]> = {};
    for (const { name } of corpus.resolution) {
      await post(client, `https://${name}/`);
      dialled[name] = proxy.asked.splice(0).map(({ target }) => target.replace(/:443$/, '').replace(/^\[|\]$/g, ''));
    }
    expect(dialled).toEqual(Object.fromEntries(corpus.resolution.map(({ name, dials }) => [name, dials])));
    for (const ip of corpus.badIps) {
      const result = await post(client, `https://${ip.includes(':') ? `[${ip}]` : ip}/`);
      expect(result).toMatchObject({ kind: 'failed', reason: 'blocked_address' });
    }
    expect(proxy.asked).toEqual([]);
  });

  it('never reach the proxy itself from inside, by a public address of its own', async () => {
    const known = await Promise.all(
      ['203.0.114.9', '[2606:4700::9]', 'proxy.invalid'].map((host) =>
        ownAddresses(outboundProxy(`http://${host}:3128`, [])),
      ),
    );
    const rules = compileAddressRules([], known.flat());
    const judged = ['203.0.114.9', '2606:4700::9', '203.0.114.8'].map((ip) => checkIp(ip, rules));
    expect(judged).toEqual([false, false, true]);
  });

  it('never reach a refused address by a name that changes', async () => {
    proxy = await startProxy();
    const [open, closed] = ['127.0.0.2', '127.0.0.1'];
    let turn = 0;
    const dns = await startFakeDns(() => {
      turn += 1;
      return [[open], [closed], [open, closed], [closed, open]][Math.floor(turn / 3) % 4] ?? [];
    });
    closeAfterTest(() => dns.close());
    const outside = await receive('stale_keep_alive', { host: open, tls: tls('good') });
    const canary = await receive('well_behaved', { host: closed, port: outside.port, tls: tls('good') });
    const rules = compileAddressRules([open]);
    const client = newClient({ rules, dnsServers: [dns.address], proxy: tunnelTo(proxy.port) });

    const seen = { answered: 0, blocked_address: 0 };
    for (let index = 0; index < 40; index += 1) {
      const result = await post(client, `https://rebind${index % 7}.receivers.example.org:${outside.port}/`);
      seen[result.kind === 'answered' ? 'answered' : (result.reason as 'blocked_address')] += 1;
    }
    expect(canary.connections).toBe(0);
    expect(Object.keys(seen)).toEqual(['answered', 'blocked_address']);
    expect(Math.min(seen.answered, seen.blocked_address)).toBeGreaterThan(4);
    expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(new Set([`${open}:${outside.port}`]));
  });

  it.each([
    ['refused our credentials (407)', 'our_fault', 407],
    ['does not allow this address or port (403)', 'unreachable', 403],
    ['refused to connect (405)', 'our_fault', 405],
    ['got no connection to it (500)', 'unreachable', 500],
    ['got no connection to it (503)', 'unreachable', 503],
    ['No connection could be made within', 'unreachable', 'silent'],
  ] as const)('say what the proxy did: %s', async (words, reason, refuses) => {
    proxy = await startProxy();
    proxy.refuses = refuses;
    const client = newClient({ ...SHORT, proxy: tunnelTo(proxy.port, { person: 'bpoc:hunter2@' }) });
    const result = await post(client, `https://${NAME}/`);
    expect(result).toMatchObject({ kind: 'failed', reason, detail: expect.stringContaining(words) });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|127\.0\.0\.1/);
  });

  it('are our fault while the proxy is unreachable, or is not a proxy', async () => {
    proxy = await startProxy();
    const other = await receive('not_http');
    await proxy.close();
    for (const port of [proxy.port, other.port]) {
      const result = await post(newClient({ proxy: tunnelTo(port) }), `https://${NAME}/`);
      expect(result).toMatchObject({ kind: 'failed', reason: 'our_fault' });
      expect(await tunnelTo(port).trouble(2_000)).toMatch(/^The outbound proxy could not be used \(\w+\)\.$/);
    }
    // Accepts connections, and nothing else.
    const deaf = await receive('never_answers');
    const secure = tunnelTo(deaf.port, { scheme: 'https' });
    const late = await post(newClient({ ...SHORT, proxy: secure }), `https://${NAME}/`);
    expect(late).toMatchObject({ reason: 'our_fault', detail: expect.stringMatching(/could not be reached/) });
    expect(await secure.trouble(200)).toBe('The outbound proxy does not answer.');
  });

  it('say nothing of a proxy that is well', async () => {
    proxy = await startProxy({ credentials: 'a:b' });
    expect(await tunnelTo(proxy.port).trouble(2_000)).toMatch(/credentials/);
    const known = tunnelTo(proxy.port, { person: 'a:b@' });
    for (const refuses of [403, 503, 'silent'] as const) {
      proxy.refuses = refuses;
      expect(await known.trouble(200)).toBeNull();
    }
  });

  it('leave the test inbox out', async () => {
    proxy = await startProxy();
    const receiver = await receive('well_behaved');
    const selfOrigin = { prefix: 'https://app.example.org/inbox/', host: '127.0.0.1', port: receiver.port };
    const client = newClient({ rules: compileAddressRules([]), selfOrigin, proxy: tunnelTo(proxy.port) });
    expect(await post(client, `https://app.example.org/inbox/${'x'.repeat(43)}`)).toMatchObject({ kind: 'answered' });
    expect(proxy.asked).toEqual([]);
  });
});
