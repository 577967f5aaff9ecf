import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { checkIp, checkUrl, compileAddressRules, localhostAddresses } from './address-guard.js';
import { METADATA_ADDRESSES, REFUSED_PORTS } from './special-ranges.js';

interface Corpus {
  badUrls: string[];
  goodUrls: string[];
  badIps: string[];
  goodIps: string[];
}

const corpus = JSON.parse(readFileSync(new URL('ssrf-corpus.json', import.meta.url), 'utf8')) as Corpus;
const closed = compileAddressRules([]);
const loopback = compileAddressRules(['127.0.0.0/8', '::1/128']);

const problemOf = (raw: string, rules = closed) => {
  const check = checkUrl(raw, rules);
  return check.ok ? null : check.problem;
};

describe('checkUrl', () => {
  it.each(corpus.badUrls)('refuses %j', (raw) => expect(checkUrl(raw, closed).ok).toBe(false));
  it.each(corpus.goodUrls)('takes %j', (raw) => expect(checkUrl(raw, closed)).toMatchObject({ ok: true }));

  it.each([
    ['http://example.org/hook', 'not_https'],
    ['mailto://example.org', 'not_https'],
    ['https:example.org', 'not_a_url'],
    ['https:///example.org', 'not_a_url'],
    ['https://exam ple.org/', 'suspicious_text'],
    ['https://exa\u00admple.org/', 'suspicious_text'],
    ['https://exa\u3164mple.org/', 'suspicious_text'],
    ['https://ex%61mple.org/', 'suspicious_text'],
    [`https://example.org/${'a'.repeat(2_048)}`, 'too_long'],
    ['https://@example.org/', 'userinfo'],
    ['https://example.org/#', 'fragment'],
    ['https://169.254.169.254/', 'metadata'],
    ['https://metadata.google.internal/', 'metadata'],
    ['https://10.0.0.5/', 'private_address'],
    ['http://0x7f.1/', 'private_address'],
    ['https://[::ffff:8.8.8.8]/', 'private_address'],
    ['https://8.8.8.8/', 'ip_literal'],
    ['https://[2606:4700:4700::1111]/', 'ip_literal'],
    ['http://localhost:3000/', 'private_name'],
    ['https://printer.local/', 'private_name'],
    ['https://db.default.svc./', 'private_name'],
    ['https://intranet/', 'single_label'],
    ['https://example.org:22/', 'port'],
    ['https://example.org:1023/', 'port'],
  ])('gives the reason for refusing %j: %s', (raw, problem) => expect(problemOf(raw)).toBe(problem));

  it('accepts port 443 and ports from 1024 on, except those of databases and caches', () => {
    for (const port of [443, 1024, 8443, 65_535]) expect(problemOf(`https://example.org:${port}/`)).toBeNull();
    for (const port of REFUSED_PORTS) expect(problemOf(`https://example.org:${port}/`)).toBe('port');
  });

  it('accepts at most 2048 characters', () => {
    const start = 'https://example.org/';
    expect(problemOf(start.padEnd(2_048, 'a'))).toBeNull();
    expect(problemOf(start.padEnd(2_049, 'a'))).toBe('too_long');
  });

  it('never throws and never accepts an IP literal, a user or a private suffix, for any input', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.webAuthority().map((host) => `https://${host}/`),
        ),
        (raw) => {
          const check = checkUrl(raw, closed);
          if (!check.ok) return;
          const { protocol, username, password, hostname, hash } = check.url;
          expect({ protocol, username, password, hash }).toEqual({
            protocol: 'https:',
            username: '',
            password: '',
            hash: '',
          });
          expect(hostname).toMatch(/^[a-z\d_-]+(\.[a-z\d_-]+)+\.?$/);
          expect(hostname).not.toMatch(/^[\d.]+$|\.(local|internal|localhost|test)\.?$/);
        },
      ),
    );
  });
});

describe('checkIp', () => {
  it.each(corpus.badIps)('refuses %s', (ip) => expect(checkIp(ip, closed)).toBe(false));
  it.each(corpus.goodIps)('takes %s', (ip) => expect(checkIp(ip, closed)).toBe(true));
  it.each([...METADATA_ADDRESSES])('refuses the metadata address %s', (ip) => expect(checkIp(ip, closed)).toBe(false));

  it.each(['', '127.1', '0x7f000001', '8.8.8.8 ', '08.8.8.8', '2606:4700:4700::1111%eth0', '[2606:4700:4700::1111]'])(
    'refuses %j, which is not a plain IP address',
    (ip) => expect(checkIp(ip, closed)).toBe(false),
  );

  it("refuses this machine's own public address unless it is in an allowed range", () => {
    const ownAddresses = ['52.1.2.3', '2606:4700::5'];
    const rules = compileAddressRules([], ownAddresses);
    expect([...ownAddresses, '52.1.2.4'].map((ip) => checkIp(ip, rules))).toEqual([false, false, true]);
    expect(checkIp('52.1.2.3', compileAddressRules(['52.1.2.3'], ownAddresses))).toBe(true);
  });
});

describe('IPv4 addresses embedded in IPv6 addresses', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const hex = (a: number, b: number) => (a * 256 + b).toString(16);
  const everything = compileAddressRules(['0.0.0.0/0', '::/0']);

  it('are refused in every embedding, for any address, whatever ranges are allowed', () => {
    const parts = fc.tuple(byte, byte, byte, byte, group, group, fc.integer({ min: 0x2000, max: 0x3fff }));
    fc.assert(
      fc.property(parts, ([a, b, c, d, x, y, prefix]) => {
        const [high, low] = [hex(a, b), hex(c, d)];
        const dotted = `${a}.${b}.${c}.${d}`;
        const flipped = `${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`;
        const embeddings = [
          `::ffff:${dotted}`,
          `0:0:0:0:0:FFFF:${high}:${low}`,
          `::ffff:0:${dotted}`,
          `64:ff9b::${dotted}`,
          `64:ff9b:1:${x}:${y}:0:${high}:${low}`,
          `64:ff9b:1:${high}:${hex(0, c)}:${hex(d, 0)}::`,
          `2001:0:${x}:${y}:8000:1:${flipped}`,
          `2001:0:${high}:${low}:8000:${x}:${flipped}`,
          `2002:${high}:${low}::${y}`,
          `2002:${high}:${low}:${x}:${x}:${y}:1:2`,
          `${prefix.toString(16)}:${x}:${y}::5efe:${dotted}`,
          `${prefix.toString(16)}:${x}:${y}:1:200:5EFE:${high}:${low}`,
          `fe80::5efe:${dotted}`,
        ];
        // ::1 is loopback itself, not 0.0.0.1 embedded
        if (dotted !== '0.0.0.1') embeddings.push(`::${dotted}`);
        const passed = embeddings.filter((ip) => checkIp(ip, closed) || checkIp(ip, everything));
        expect(passed).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are not detected in random global addresses', () => {
    const tail = fc.array(group, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(tail, (groups) => {
        fc.pre(groups[3] !== '5efe');
        expect(checkIp(`2a00:1450:${groups.join(':')}`, closed)).toBe(true);
      }),
    );
  });
});

describe('allowed private ranges', () => {
  it.each([
    'http://localhost:4000/hook',
    'http://127.0.0.1/',
    'https://127.8.8.8:22/x',
    'http://[::1]:8080/',
    'http://0x7f.1:99/',
  ])('permit %s when loopback is allowed', (raw) => expect(problemOf(raw, loopback)).toBeNull());

  it.each([
    ['http://localhost:4000/#x', 'fragment'],
    ['http://me@localhost:4000/', 'userinfo'],
    ['http://localhost:0/', 'port'],
    ['http://app.localhost:4000/', 'private_name'],
    ['http://10.0.0.1/', 'private_address'],
    ['http://[::ffff:127.0.0.1]/', 'private_address'],
    ['http://example.org/', 'not_https'],
    ['https://8.8.8.8/', 'ip_literal'],
  ])('keep all other rules: %s is refused (%s)', (raw, problem) => expect(problemOf(raw, loopback)).toBe(problem));

  it('resolve localhost only to allowed loopback addresses', () => {
    expect(localhostAddresses(closed)).toEqual([]);
    expect(localhostAddresses(loopback)).toEqual(['127.0.0.1', '::1']);
    expect(localhostAddresses(compileAddressRules(['::1']))).toEqual(['::1']);
  });

  it('permit a metadata address only if it is listed individually', () => {
    const wide = compileAddressRules(['169.254.0.0/16', '100.64.0.0/10', 'fd00::/8', '::/0', '0.0.0.0/0']);
    expect(METADATA_ADDRESSES.filter((ip) => checkIp(ip, wide))).toEqual([]);
    expect(checkIp('169.254.1.1', wide)).toBe(true);
    const alone = compileAddressRules(['169.254.169.254', 'fd00:ec2:0:0::254/128']);
    expect(METADATA_ADDRESSES.filter((ip) => checkIp(ip, alone))).toEqual(['169.254.169.254', 'fd00:ec2::254']);
  });

  it.each(['localhost', '10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'fe80::1%eth0', ''])(
    'are rejected with the invalid entry named: %j',
    (entry) => expect(() => compileAddressRules(['127.0.0.1', entry])).toThrow(`"${entry}"`),
  );
});
