import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { longestAttemptMs } from '../webhooks/engine/attempt-time.js';
import { EnvError, loadEnv } from './env.js';

describe('the environment', () => {
  it('needs nothing', () => {
    expect(loadEnv({})).toMatchObject({ port: 3000, role: 'all', databaseUrl: null, delayScale: 1 });
  });

  it('reports every problem in one message', () => {
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

  it.each([50, 1_000, 60_000])('takes no lease that an attempt of up to %i ms outlasts', (attemptTimeoutMs) => {
    const longest = longestAttemptMs({ attemptTimeoutMs });
    const env = { ATTEMPT_TIMEOUT_MS: String(attemptTimeoutMs), LEASE_MS: String(longest - 1) };
    expect(() => loadEnv(env)).toThrow(/LEASE_MS/);
  });

  it('asks for keys where the database is a real one', () => {
    expect(() => loadEnv({ DATABASE_URL: 'postgres://a/b' })).toThrow(/SECRETS_KEYS/);
  });

  it('knows unset from empty for the private ranges', () => {
    expect(loadEnv({}).allowedPrivateCidrs).toBeNull();
    expect(loadEnv({ ALLOWED_PRIVATE_CIDRS: '' }).allowedPrivateCidrs).toEqual([]);
  });

  it('takes links to records only where the id cannot choose who is asked, or run a script', () => {
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

  it('takes the addresses that deliveries come from', () => {
    const read = loadEnv({ OUTBOUND_ADDRESSES: '203.0.113.7, 2001:db8::/48' });
    expect(read.outboundAddresses).toEqual(['203.0.113.7', '2001:db8::/48']);
    expect(loadEnv({}).outboundAddresses).toEqual([]);
    expect(() => loadEnv({ OUTBOUND_ADDRESSES: 'hooks.example.org' })).toThrow(/OUTBOUND_ADDRESSES/);
  });

  it('is described whole in .env.example', () => {
    const code = readFileSync(new URL('env.ts', import.meta.url), 'utf8');
    const read = [...code.matchAll(/read\.\w+\(\s*'([A-Z_]+)'/g)].map((match) => match[1]).sort();
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    const described = [...example.matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]).sort();
    expect(read.length).toBeGreaterThan(15);
    expect(described).toEqual(read);
  });
});
