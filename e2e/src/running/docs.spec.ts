import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/server.js';

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'sdk/README.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

describe('the documentation', () => {
  it('links only to what is there', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map((match) => match[1]!)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only npm commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    // Commands with -w are those of one project.
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([\w:-]+)(?![\w:-]| -w)/g)]
        .map((match) => match[1]!)
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('gives settings the names and defaults of .env.example', () => {
    const lines = read('.env.example').matchAll(/^# ([A-Z0-9_]+)=(.*?) {2,}\S/gm);
    const defaults = new Map([...lines].map((match) => [match[1]!, match[2]!]));
    const manual = read('docs/operating.md');
    const rows = [...manual.matchAll(/^\| (`[A-Z0-9_]+`(?:, `[A-Z0-9_]+`)*) +\|/gm)];
    const named = rows.flatMap((match) => match[1]!.replaceAll('`', '').split(', '));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !defaults.has(name))).toEqual([]);
    const given = [...manual.matchAll(/`([A-Z0-9_]+)`[^`\n]*[Dd]efault `([^`]+)`/g)];
    expect(given.length).toBeGreaterThan(3);
    for (const [, name, value] of given) expect([name, value]).toEqual([name, defaults.get(name!)]);
    const [, alarm] = /bpoc_requests_in_flight > (\d+)` \(three quarters of `MAX_IN_FLIGHT`\)/.exec(manual)!;
    expect(Number(alarm)).toBe(0.75 * Number(defaults.get('MAX_IN_FLIGHT')));
  });

  it('names a test that there is for every promise about delivery but that of no order', () => {
    const promises = read('docs/delivery.md').match(/^\d+\. .*$/gm)!;
    expect(promises.length).toBeGreaterThanOrEqual(10);
    for (const promise of promises) {
      const tests = [...promise.matchAll(/`((?:api|faults|running|admin)\/[\w-]+\.spec\.ts)`/g)].map(
        (match) => match[1]!,
      );
      expect(tests.filter((path) => !existsSync(join(ROOT, 'e2e/src', path)))).toEqual([]);
      expect({ promise, shown: tests.length > 0 || promise.includes('Order is not promised') }).toEqual({
        promise,
        shown: true,
      });
    }
  });
});
