import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { longestAttemptMs } from '../webhooks/engine/attempt-time.js';
import { EnvError, loadEnv } from './env.js';

describe('the environment', () => {
  it('needs nothing', () => {
    expect(loadEnv({})).toMatchObject({ port: 3000, role: 'all', databaseUrl: null, delayScale: 1 });
  });

  it('reports all problems in one message', () => {
    const read = () =>
      loadEnv({
        PORT: 'abc',
        ROLE: 'boss',
        DATABASE_URL: 'mysql://u:hunter2@h/d',
        SECRETS_KEYS: 'k1:short',
        LEASE_MS: '1000',
      });
    expect(read).toThrow(EnvError);
    expect(read).toThrow(/PORT.*\n.*ROLE.*\n.*DATABASE_URL.*\n.*SECRETS_KEYS.*\n.*LEASE_MS/);
    expect(read).not.toThrow(/hunter2/);
  });

  it.each([50, 1_000, 60_000])('rejects a lease shorter than an attempt of up to %i ms', (attemptTimeoutMs) => {
    const longest = longestAttemptMs({ attemptTimeoutMs });
    const env = { ATTEMPT_TIMEOUT_MS: String(attemptTimeoutMs), LEASE_MS: String(longest - 1) };
    expect(() => loadEnv(env)).toThrow(/LEASE_MS/);
  });

  it('takes stand-ins for tools at addresses only, which the guard judges', () => {
    const hosts = 'slack=127.0.0.1:4001,teams=localhost:1,google_chat=[::1]:2';
    expect(loadEnv({ DESTINATION_HOSTS: hosts }).destinationHosts).toMatchObject({ google_chat: '[::1]:2' });
    for (const host of [
      'slack=evil.example',
      'slack=127.0.0.1.evil.example',
      'endpoint=127.0.0.1',
      'slack=a@127.0.0.1',
    ])
      expect(() => loadEnv({ DESTINATION_HOSTS: host })).toThrow(/DESTINATION_HOSTS/);
  });

  it('requires keys with an external database', () => {
    expect(() => loadEnv({ DATABASE_URL: 'postgres://a/b' })).toThrow(/SECRETS_KEYS/);
  });

  it('distinguishes unset from empty private ranges', () => {
    expect(loadEnv({}).allowedPrivateCidrs).toBeNull();
    expect(loadEnv({ ALLOWED_PRIVATE_CIDRS: '' }).allowedPrivateCidrs).toEqual([]);
  });

  it('accepts record links only if the id cannot choose the host or run a script', () => {
    const urls = 'application=https://app.example.org/a/{id}, candidate=http://localhost:3000/?c={id}#top';
    expect(loadEnv({ RECORD_URLS: urls }).recordUrls).toEqual({
      application: 'https://app.example.org/a/{id}',
      candidate: 'http://localhost:3000/?c={id}#top',
    });
    expect(loadEnv({}).recordUrls).toBeNull();
    for (const wrong of [
      'application',
      'application=https://app.example.org/a',
      'application=https://{id}.example.org/',
      'application=https://app.example.org:1{id}/',
      'application=javascript:alert({id})',
      'application=/a/{id}',
      'application=https://a.example/{id},application=https://b.example/{id}',
    ])
      expect(() => loadEnv({ RECORD_URLS: wrong })).toThrow(/RECORD_URLS: "application/);
  });

  it('accepts an outbound proxy, and shows its password in no message', () => {
    expect(loadEnv({}).outboundProxy).toBeNull();
    expect(loadEnv({ OUTBOUND_PROXY: 'http://a:p%40ss@[::1]:3128' }).outboundProxy).toEqual({
      host: '::1',
      port: 3128,
      secure: false,
      authorization: `Basic ${Buffer.from('a:p@ss').toString('base64')}`,
    });
    for (const wrong of ['proxy:3128', 'socks5://a:hunter2@proxy', 'http://a:hunter2@proxy/path', 'http://:hunter2@']) {
      expect(() => loadEnv({ OUTBOUND_PROXY: wrong })).toThrow(/OUTBOUND_PROXY must be/);
      expect(() => loadEnv({ OUTBOUND_PROXY: wrong })).not.toThrow(/hunter2/);
    }
  });

  it('accepts outbound addresses', () => {
    const read = loadEnv({ OUTBOUND_ADDRESSES: '203.0.113.7, 2001:db8::/48' });
    expect(read.outboundAddresses).toEqual(['203.0.113.7', '2001:db8::/48']);
    expect(loadEnv({}).outboundAddresses).toEqual([]);
    expect(() => loadEnv({ OUTBOUND_ADDRESSES: 'hooks.example.org' })).toThrow(/OUTBOUND_ADDRESSES/);
  });

  it('accepts mailto: and https: contacts for security.txt', () => {
    const contacts = ['mailto:security@example.org', 'https://example.org/security'];
    expect(loadEnv({ SECURITY_CONTACT: contacts.join(',') }).securityContact).toEqual(contacts);
    expect(loadEnv({}).securityContact).toEqual([]);
    for (const wrong of ['security@example.org', 'http://example.org/security', 'mailto:', 'mailto:a b@example.org'])
      expect(() => loadEnv({ SECURITY_CONTACT: wrong })).toThrow(/SECURITY_CONTACT: "/);
  });

  it('reads one or more NATS servers, of which the first names the user', () => {
    const { nats } = loadEnv({ NATS_URL: 'nats://bpoc:a%3Ab%zz@n1, nats://n2:4333', NATS_REPLICAS: '3' });
    expect(nats).toEqual({
      servers: ['n1:4222', 'n2:4333'],
      user: { name: 'bpoc', password: 'a%3Ab%zz' },
      credentialsFile: null,
      tls: null,
      replicas: 3,
    });
    expect(loadEnv({ NATS_URL: 'nats://u:a%3Ab@n1' }).nats!.user).toEqual({ name: 'u', password: 'a:b' });
    expect(loadEnv({}).nats).toBeNull();
  });

  it('uses TLS with NATS for tls:// and for any of its files', () => {
    expect(loadEnv({ NATS_URL: 'tls://n1' }).nats!.tls).toEqual({});
    const files = { NATS_CA: 'ca.pem', NATS_CERT: 'cert.pem', NATS_KEY: 'key.pem' };
    const { nats } = loadEnv({ NATS_URL: 'nats://n1', ...files });
    expect(nats!.tls).toEqual({ caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem' });
    expect(() => loadEnv({ NATS_URL: 'nats://n1', NATS_CERT: 'cert.pem' })).toThrow('NATS_CERT and NATS_KEY');
  });

  it.each(['http://n1:4222', 'n1:4222', 'nats://', 'nats://n1,https://secret@n2'])('refuses NATS_URL=%s', (url) => {
    expect(() => loadEnv({ NATS_URL: url })).toThrow(/^(?!.*secret)[^]*NATS_URL must be/);
  });

  describe('in .env.example', () => {
    const code = readFileSync(new URL('env.ts', import.meta.url), 'utf8');
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    /** Name, default ('' where there is none), meaning. */
    const lines = [...example.matchAll(/^# ([A-Z0-9_]+)=(.*?) {2,}(\S.*)$/gm)].map(
      ([, name, value, meaning]) => [name!, value!, meaning!] as const,
    );

    it('every variable is listed', () => {
      const read = [...code.matchAll(/read\.\w+\(\s*'([A-Z0-9_]+)'/g)].map((match) => match[1]!);
      expect(read.length).toBeGreaterThan(15);
      expect(lines.map(([name]) => name).toSorted()).toEqual(read.toSorted());
      expect(example.match(/^# \w+=/gm)).toHaveLength(lines.length);
    });

    // The default of LOG_FORMAT depends on the terminal.
    it.each(lines.filter(([name]) => name !== 'LOG_FORMAT'))('has the right default: %s=%s', (name, value) => {
      // Without a provider its other settings are ignored.
      const provider = { IDENTITY_ISSUER: 'i', IDENTITY_AUDIENCE: 'a', IDENTITY_JWKS_URL: 'https://p.example/keys' };
      const settings = name in provider ? {} : provider;
      const unset = loadEnv(settings);
      if (value !== '') expect(loadEnv({ ...settings, [name]: value })).toEqual(unset);
      else expect([null, [], {}]).toContainEqual(read(unset, name));
    });

    /** The property of a variable: MAX_IN_FLIGHT is maxInFlight, NATS_URL nats.url; null if absent. */
    const read = (env: object, name: string): unknown =>
      name
        .toLowerCase()
        .replace(/^(identity|nats)_/, '$1.')
        .replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
        .split('.')
        .reduce<unknown>((value, key) => (value === null ? null : (value as Record<string, unknown>)[key]), env);
  });
});
