import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFakeDns, type FakeAnswer, type FakeDns } from '../../test/fake-dns.js';
import { HostResolver } from './resolver.js';

const NAMES: Record<string, FakeAnswer | { a: FakeAnswer; aaaa: FakeAnswer }> = {
  'both.io': ['93.184.216.34', '2606:2800:220:1::1'],
  'v4-only.io': ['93.184.216.34'],
  'no-v6-name.io': { a: ['93.184.216.34'], aaaa: 'not_found' },
  'broken-v6.io': { a: ['93.184.216.34'], aaaa: 'server_failure' },
  'silent-v6.io': { a: ['93.184.216.34'], aaaa: 'silent' },
  'empty.io': [],
  'broken.io': 'server_failure',
};

describe('looking up names', () => {
  let dns: FakeDns;
  let resolver: HostResolver;

  beforeAll(async () => {
    dns = await startFakeDns((name, type) => {
      if (name.endsWith('.tarpit.io')) return 'silent';
      const answer = NAMES[name] ?? 'not_found';
      if (typeof answer === 'string' || Array.isArray(answer)) return answer;
      return type === 'A' ? answer.a : answer.aaaa;
    });
    resolver = new HostResolver([dns.address], 400);
  });

  afterAll(async () => {
    resolver.close();
    await dns.close();
  });

  it('answers with the addresses of both families', async () => {
    expect(await resolver.lookup('both.io')).toEqual({ ok: true, addresses: ['93.184.216.34', '2606:2800:220:1::1'] });
    expect(await resolver.lookup('v4-only.io')).toEqual({ ok: true, addresses: ['93.184.216.34'] });
    expect(await resolver.lookup('no-v6-name.io')).toMatchObject({ ok: true });
  });

  it('tells a name that does not exist from a name server that does not answer', async () => {
    expect(await resolver.lookup('nobody.io')).toEqual({ ok: false, reason: 'not_found', code: 'ENOTFOUND' });
    expect(await resolver.lookup('empty.io')).toEqual({ ok: false, reason: 'not_found', code: 'ENODATA' });
    expect(await resolver.lookup('broken.io')).toEqual({ ok: false, reason: 'failed', code: 'ESERVFAIL' });
    expect(await resolver.lookup('no..name')).toMatchObject({ ok: false, reason: 'failed' });
  });

  it('fails when one family fails, so that nobody can pick the half we see', async () => {
    expect(await resolver.lookup('broken-v6.io')).toEqual({ ok: false, reason: 'failed', code: 'ESERVFAIL' });
    expect(await resolver.lookup('silent-v6.io')).toEqual({ ok: false, reason: 'failed', code: 'ETIMEOUT' });
  });

  it('is not held up by fifty names that never answer', async () => {
    const startedAt = performance.now();
    let ended = 0;
    const stuck = Array.from({ length: 50 }, (_, index) =>
      resolver.lookup(`name${index}.tarpit.io`).finally(() => ended++),
    );
    expect(await resolver.lookup('both.io')).toMatchObject({ ok: true });
    expect(ended).toBe(0);
    for (const result of await Promise.all(stuck)) expect(result).toMatchObject({ ok: false, code: 'ETIMEOUT' });
    // One after the other they would take fifty times as long as one.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('never follows a search domain or the hosts file', async () => {
    expect(await resolver.lookup('localhost')).toMatchObject({ ok: false });
    expect(new Set(dns.questions.filter((question) => question.includes('localhost')))).toEqual(
      new Set(['A localhost', 'AAAA localhost']),
    );
  });

  it('asks once for look-ups of one name at one moment, and again later', async () => {
    const asked = () => dns.questions.filter((question) => question.endsWith(' v4-only.io')).length;
    const before = asked();
    await Promise.all([resolver.lookup('v4-only.io'), resolver.lookup('v4-only.io')]);
    expect(asked() - before).toBe(2);
    await resolver.lookup('v4-only.io');
    expect(asked() - before).toBe(4);
  });
});
