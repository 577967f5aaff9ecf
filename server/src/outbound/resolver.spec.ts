import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFakeDns, type FakeAnswer, type FakeDns } from '../../test/fake-dns.js';
import { HostResolver } from './resolver.js';

const V4 = '93.184.216.34';
const V6 = '2606:2800:220:1::1';
const NAMES: Record<string, FakeAnswer | { a: FakeAnswer; aaaa: FakeAnswer }> = {
  'both.io': [V4, V6],
  'v4-only.io': [V4],
  'no-v6-name.io': { a: [V4], aaaa: 'not_found' },
  'empty.io': [],
  'half-broken.io': { a: [], aaaa: 'server_failure' },
};
/** Each way to fail, and its c-ares code. */
const FAILURES: [FakeAnswer, string][] = [
  ['server_failure', 'ESERVFAIL'],
  ['refused', 'EREFUSED'],
  ['not_implemented', 'ENOTIMP'],
  ['truncated', 'ECONNREFUSED'],
  ['silent', 'ETIMEOUT'],
];
for (const [failure] of FAILURES) {
  NAMES[`v4-${failure}.io`] = { a: failure, aaaa: [V6] };
  NAMES[`v6-${failure}.io`] = { a: [V4], aaaa: failure };
  NAMES[`${failure}.io`] = failure;
}

describe('HostResolver', () => {
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

  it('returns the addresses of both families', async () => {
    expect(await resolver.lookup('both.io')).toMatchObject({ ok: true, addresses: [V4, V6] });
    expect(await resolver.lookup('v4-only.io')).toMatchObject({ ok: true, addresses: [V4] });
    expect(await resolver.lookup('no-v6-name.io')).toMatchObject({ ok: true });
  });

  it('distinguishes a name that does not exist from a name server that does not answer', async () => {
    expect(await resolver.lookup('nobody.io')).toEqual({ ok: false, reason: 'not_found', code: 'ENOTFOUND' });
    expect(await resolver.lookup('empty.io')).toEqual({ ok: false, reason: 'not_found', code: 'ENODATA' });
    expect(await resolver.lookup('no..name')).toEqual({ ok: false, reason: 'not_found', code: 'EBADNAME' });
    expect(await resolver.lookup('half-broken.io')).toEqual({ ok: false, reason: 'failed', code: 'ESERVFAIL' });
  });

  it.each(FAILURES)(
    'returns the family that answered if the other is %s, and fails if both are',
    async (kind, code) => {
      expect(await resolver.lookup(`v6-${kind}.io`)).toMatchObject({ ok: true, addresses: [V4] });
      expect(await resolver.lookup(`v4-${kind}.io`)).toMatchObject({ ok: true, addresses: [V6] });
      expect(await resolver.lookup(`${kind}.io`)).toEqual({ ok: false, reason: 'failed', code });
    },
  );

  it('is not delayed by fifty names that never answer', async () => {
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

  it('shares concurrent lookups of one name, but does not cache', async () => {
    const asked = () => dns.questions.filter((question) => question.endsWith(' v4-only.io')).length;
    const before = asked();
    await Promise.all([resolver.lookup('v4-only.io'), resolver.lookup('v4-only.io')]);
    expect(asked() - before).toBe(2);
    await resolver.lookup('v4-only.io');
    expect(asked() - before).toBe(4);
  });
});
