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
  'mcp/README.md',
  'examples/README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const FORMS = ['.spec', '.long.spec'];
/** The specs that show each promise of docs/delivery.md, by its number. */
const TESTS_OF_PROMISES: Record<number, string[]> = {
  1: ['faults/kill', 'faults/replicas', 'faults/database', 'faults/dark-database'],
  2: [
    'faults/kill',
    'faults/stop',
    'faults/replicas',
    'faults/database',
    'faults/dark-database',
    'faults/full-disk',
    'faults/receiver-down',
    'faults/groups',
  ],
  3: ['api/delivery', 'api/retries', 'faults/hostile'],
  4: ['api/retries', 'api/tls', 'api/cron'],
  5: ['api/subscriptions', 'api/retries', 'faults/in-flight'],
  6: ['api/isolation', 'faults/hostile', 'faults/backlog'],
  7: ['api/retries', 'api/test-button', 'api/access'],
  8: ['api/delivery', 'api/signatures'],
  9: ['api/publishing'],
  10: ['api/pause'],
};

describe('the documentation', () => {
  it('links only to existing files', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map((match) => match[1]!)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('names only existing npm commands', () => {
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
    const [, alarm] = /`bpoc_requests_in_flight > (\d+)`/.exec(read('docs/incidents.md'))!;
    expect(Number(alarm)).toBe(0.75 * Number(defaults.get('MAX_IN_FLIGHT')));
  });

  it('has an existing test for every promise about delivery, except that order is not promised', () => {
    const promises = [...read('docs/delivery.md').matchAll(/^(\d+)\. (.*)$/gm)];
    expect(promises.length).toBeGreaterThanOrEqual(10);
    for (const [, number, promise] of promises) {
      const tests = TESTS_OF_PROMISES[Number(number)] ?? [];
      expect(
        tests.filter((path) => !FORMS.some((form) => existsSync(join(ROOT, `e2e/src/${path}${form}.ts`)))),
      ).toEqual([]);
      expect({ promise, shown: tests.length > 0 || promise!.includes('Order is not promised') }).toEqual({
        promise,
        shown: true,
      });
    }
  });
});
